import type { Attachment } from '../shapes.ts';
import type { Deployment } from '../wire/endpoint.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { JIRA_ENDPOINTS } from './endpoints.ts';

type File = Pick<Attachment, 'id' | 'name'>;

/** The files of issues; an issue itself tells which it has. */
export class JiraAttachments {
  constructor(private readonly api: SiteApi) {}

  /** What stands in a file. Atlassian's 404 (`isMissing`) for one that is gone, or that the user cannot see. */
  async bytes(file: File): Promise<Uint8Array> {
    return (await FILES[this.api.deployment](this.api, file)).bytes;
  }
}

const FILES: Record<Deployment, (api: SiteApi, file: File) => ReturnType<SiteApi['bytes']>> = {
  // Unless told otherwise it redirects to a host of its own, to which no credentials go.
  cloud: (api, { id }) => api.bytes(JIRA_ENDPOINTS.attachmentFile, { path: { id }, query: { redirect: 'false' } }),
  // The address is made here: the one that an attachment names may lead anywhere.
  data_center: (api, { id, name }) => api.bytes(JIRA_ENDPOINTS.attachmentPage, { path: { id, filename: name } }),
};
