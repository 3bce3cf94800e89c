import { identifier, isObject, type Reader, record, reference } from '../wire/read.ts';
import type { SiteApi } from '../wire/site-api.ts';
import { JIRA_ENDPOINTS } from './endpoints.ts';
import { line } from './rows.ts';
import type { LinkType, WebLink } from './shapes.ts';

/** What issues are linked with, beside each other: an issue itself tells those links. */
export class JiraLinks {
  constructor(private readonly api: SiteApi) {}

  /** The links of an issue to pages of the web, all at once: `GET /issue/{issueIdOrKey}/remotelink`. */
  remote(keyOrId: string): Promise<WebLink[]> {
    return this.api.json(JIRA_ENDPOINTS.remoteLinks, readWebLinks, { path: { issueIdOrKey: keyOrId } });
  }

  /** The types that a link between issues can have: `GET /issueLinkType`. Atlassian's 404 where links are turned off. */
  types(): Promise<LinkType[]> {
    return this.api.json(JIRA_ENDPOINTS.linkTypes, readLinkTypes);
  }
}

const readWebLinks: Reader<WebLink[]> = (body, rows) =>
  // The document has one link in the place of a list of one.
  rows(isObject(body) ? [body] : body, 'the top', (row) => {
    const link = record(row);
    const object = record(link.object);
    const id = identifier(link.id);
    const url = reference(object.url);
    if (id === null || url === null) return null;
    const { resolved } = record(object.status);
    return {
      id,
      title: line(object.title) ?? url,
      url,
      relation: line(link.relationship),
      application: line(record(link.application).name),
      summary: line(object.summary),
      resolved: typeof resolved === 'boolean' ? resolved : null,
    };
  });

const readLinkTypes: Reader<LinkType[]> = (body, rows) =>
  rows(record(body).issueLinkTypes, 'issueLinkTypes', (row) => {
    const type = record(row);
    const id = identifier(type.id);
    const name = line(type.name);
    if (id === null || name === null) return null;
    return { id, name, outward: line(type.outward) ?? name, inward: line(type.inward) ?? name };
  });
