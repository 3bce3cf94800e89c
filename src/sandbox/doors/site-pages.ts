import type { Call, Reply } from '../http/call.ts';
import { escapeHtml, htmlPage } from '../http/html.ts';
import type { Route } from '../http/routes.ts';
import { findUser } from '../world/accounts.ts';
import { contentPath, spacePath, tinyPath, visibleKey } from '../world/content-paths.ts';
import { descriptionText, issueByKey, projectByKey, spaceByKey, spaceOf } from '../world/lookup.ts';
import type { Content, Issue, Site, Space } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** Where the pages of a site lead on to: paths on the sandbox's own address. */
export interface PageLinks {
  browse(key: string): string;
  space(space: Space): string;
  content(content: Content, space: Space): string;
}

const cloudLinks = ({ name }: Site): PageLinks => ({
  browse: (key) => `/site/${name}/browse/${key}`,
  space: (space) => `/site/${name}/wiki${spacePath(space)}`,
  content: (content, space) => `/site/${name}/wiki${contentPath(content, space)}`,
});

/** What a person sees who follows a result's link: plain pages in the place of Atlassian's own. */
export function sitePageRoutes(world: World): Route<Call>[] {
  const page = (handle: (site: Site, call: Call) => Reply | null) => (call: Call) => {
    const site = world.sites.find(({ name }) => name === call.params.site);
    return (site && handle(site, call)) ?? notFoundPage();
  };
  const issue = (site: Site, key: string | null | undefined) => browsePage(site, key ?? '', cloudLinks(site));
  const issueOnPath = page((site, { params }) => issue(site, params.key));
  const issueOnBoard = page((site, { params, query }) => issue(site, query.get('selectedIssue') ?? params.project));
  const space = page((site, { params }) => spacePage(site, params.space ?? '', cloudLinks(site)));
  const pages: Readonly<Record<string, (call: Call) => Reply>> = {
    '': page(sitePage),
    '/browse/:key': issueOnPath,
    '/issues/:key': issueOnPath,
    '/projects/:project/issues/:key': issueOnPath,
    '/jira/software/projects/:project/issues/:key': issueOnPath,
    '/jira/software/c/projects/:project/issues/:key': issueOnPath,
    '/jira/software/projects/:project/boards/:board': issueOnBoard,
    '/jira/software/c/projects/:project/boards/:board': issueOnBoard,
    '/jira/software/projects/:project/boards/:board/backlog': issueOnBoard,
    '/jira/software/c/projects/:project/boards/:board/backlog': issueOnBoard,
    '/jira/core/projects/:project/board': issueOnBoard,
    '/wiki/spaces/:space': space,
    '/wiki/spaces/:space/overview': space,
    '/wiki/spaces/:space/:type/:id': page(byId),
    '/wiki/spaces/:space/pages/:id/:title': page(byId),
    '/wiki/spaces/:space/blog/:y/:m/:d/:id': page(byId),
    '/wiki/spaces/:space/blog/:y/:m/:d/:id/:title': page(byId),
    '/wiki/pages/viewpage.action': page((site, { query }) => contentById(site, query.get('pageId'))),
    '/wiki/pages/resumedraft.action': page((site, { query }) => contentById(site, query.get('draftId'))),
    '/wiki/x/:tiny': page((site, { params }) => contentByTinyLink(site, params.tiny ?? '')),
  };
  const route = (path: string, handle: (call: Call) => Reply): Route<Call> => ({
    method: 'GET',
    path,
    query: 'any',
    handle,
  });
  return [
    route('/', () => startPage(world)),
    ...Object.entries(pages).map(([path, handle]) => route(`/site/:site${path}`, handle)),
  ];
}

function startPage(world: World): Reply {
  const sites = world.sites.map(({ name }) => item(`/site/${name}`, name, ''));
  return show('Sites', `${heading('Sandbox Atlassian', 'Sites')}${list(sites)}`);
}

function sitePage(site: Site): Reply {
  const links = cloudLinks(site);
  const projects = site.projects.map(({ key, name }) => item(links.browse(key), key, name));
  const spaces = site.spaces.map((space) => item(links.space(space), visibleKey(space), space.name));
  return show(
    site.name,
    `${heading('Site', site.name)}<h2>Projects</h2>${list(projects)}<h2>Spaces</h2>${list(spaces)}`,
  );
}

/** A project or an issue; null where there is neither. */
export function browsePage(site: Site, asked: string, links: PageLinks): Reply | null {
  const key = asked.toUpperCase();
  const project = projectByKey(site, key);
  if (project) {
    const issues = site.issues.filter((issue) => issue.project === project.key);
    const items = issues.map((issue) => item(links.browse(issue.key), issue.key, issue.summary));
    return show(project.name, `${heading(`${site.name} · project ${project.key}`, project.name)}${list(items)}`);
  }
  const issue = issueByKey(site, key);
  return issue ? issuePage(site, issue) : null;
}

function issuePage(site: Site, issue: Issue): Reply {
  const rows = Object.entries({
    Type: issue.type,
    Status: issue.status,
    Priority: issue.priority,
    Assignee: person(issue.assignee),
    Reporter: person(issue.reporter),
    Labels: issue.labels.join(', '),
    Parent: issue.parent ?? '',
    Created: new Date(issue.created).toUTCString(),
    Updated: new Date(issue.updated).toUTCString(),
  }).filter(([, value]) => value !== '');
  const table = rows.map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value)}</td></tr>`).join('\n');
  return show(
    `${issue.key} ${issue.summary}`,
    `${heading(`${site.name} · ${issue.key}`, issue.summary)}${paragraphs(descriptionText(issue))}<h2>Details</h2><table>${table}</table>`,
  );
}

/** A space and what stands in it; null where there is no such space. */
export function spacePage(site: Site, spaceKey: string, links: PageLinks): Reply | null {
  const space = spaceByKey(site, spaceKey);
  if (!space) return null;
  const items = site.contents
    .filter((content) => content.space === space.key && content.status === 'current')
    .map((content) => item(links.content(content, space), content.title, ''));
  return show(space.name, `${heading(`${site.name} · space ${visibleKey(space)}`, space.name)}${list(items)}`);
}

/** A page by its id, in the space that its address names. */
function byId(site: Site, { params }: Call): Reply | null {
  const content = site.contents.find(({ id }) => id === params.id);
  return content?.space === spaceByKey(site, params.space)?.key ? contentPage(site, content) : null;
}

/** @param id null where the address has none */
export function contentById(site: Site, id: string | null): Reply | null {
  return contentPage(
    site,
    site.contents.find((content) => content.id === id),
  );
}

/** What stands behind `/x/…`: see `tinyPath`. */
export function contentByTinyLink(site: Site, tiny: string): Reply | null {
  return contentPage(
    site,
    site.contents.find((content) => tinyPath(content) === `/x/${tiny}`),
  );
}

export function contentPage(site: Site, content: Content | undefined): Reply | null {
  if (!content || content.status === 'trashed') return null;
  const updated = `${person(content.authorId)}, ${new Date(content.updated).toUTCString()}`;
  return show(
    content.title,
    `${heading(`${site.name} · ${visibleKey(spaceOf(site, content))}`, content.title)}<p class="soft">${escapeHtml(updated)}</p>${paragraphs(content.text)}`,
  );
}

export function notFoundPage(): Reply {
  return htmlPage(
    404,
    'Not found',
    `${heading('Sandbox Atlassian', 'There is nothing here')}<p>Or you may not see it.</p>`,
  );
}

function show(title: string, body: string): Reply {
  return htmlPage(200, `${title} · Sandbox Atlassian`, body, true);
}

function heading(above: string, title: string): string {
  return `<p class="soft">${escapeHtml(above)}</p>\n<h1>${escapeHtml(title)}</h1>\n`;
}

function paragraphs(text: string): string {
  return text
    .split('\n')
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join('\n');
}

function list(items: string[]): string {
  return `<ul>\n${items.join('\n')}\n</ul>\n`;
}

function item(href: string, label: string, rest: string): string {
  return `<li><a href="${escapeHtml(href)}">${escapeHtml(label)}</a> ${escapeHtml(rest)}</li>`;
}

function person(accountId: string | null): string {
  return accountId === null ? 'Unassigned' : (findUser(accountId)?.displayName ?? accountId);
}
