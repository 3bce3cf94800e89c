/** Atlassian's own hosts, on which a site is the whole host. */
const CLOUD = /\.(?:atlassian\.net|jira\.com)$/i;

/** How the address of a page goes on behind that of a site on Data Center; nothing that could be its context path. */
const PAGE =
  /\/(?:browse\/[A-Z]|projects\/[A-Z][A-Z\d_]+(?:[/?#]|$)|display\/[~\w]|spaces\/~?\w+\/(?:pages|overview)|(?:pages|secure)\/\w+\.(?:action|jspa))/;

/** The address of the site, where somebody pasted that of a page in it. The host stays as it was typed: the service judges it. */
export function siteAddress(typed: string): string {
  const [, origin = '', rest = ''] = /^(https?:\/\/[^/?#\\\s@]+)([/?#].*)?$/i.exec(typed) ?? [];
  if (CLOUD.test(origin)) return origin;
  const page = PAGE.exec(rest);
  return page === null ? typed : origin + rest.slice(0, page.index);
}
