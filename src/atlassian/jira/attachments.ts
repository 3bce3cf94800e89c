import type { Attachment } from '../shapes.ts';
import type { Deployment } from '../wire/endpoint.ts';
import type { FileWanted } from '../wire/file-answer.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { JIRA_ENDPOINTS } from './endpoints.ts';

type File = Pick<Attachment, 'id' | 'name' | 'mimeType'>;

/** The files of issues; an issue itself tells which it has. */
export class JiraAttachments {
  constructor(private readonly api: SiteApi) {}

  /**
   * What stands in a file. Atlassian's 404 (`isMissing`) for one that is gone, or that the user cannot see.
   * @throws FileTooLarge as well.
   */
  content({ id, name, mimeType }: File, maxBytes: number): Promise<Uint8Array> {
    return FILES[this.api.deployment](this.api, id, { name, mimeType, maxBytes });
  }
}

const FILES: Record<Deployment, (api: SiteApi, id: string, wanted: FileWanted) => Promise<Uint8Array>> = {
  // Unless told otherwise it redirects to a host of its own, to which no credentials go.
  cloud: (api, id, wanted) =>
    api.bytes(JIRA_ENDPOINTS.attachmentFile, wanted, { path: { id }, query: { redirect: 'false' } }),
  // The address is made here: the one that an attachment names may lead anywhere.
  data_center: (api, id, wanted) =>
    api.bytes(JIRA_ENDPOINTS.attachmentPage, wanted, { path: { id, filename: wanted.name } }),
};
