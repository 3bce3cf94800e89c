import { findUser } from './accounts.ts';
import { escapeHtml, htmlPage } from './html.ts';
import type { Call, Reply, Route } from './http.ts';
import { issueByKey, projectByKey } from './lookup.ts';
import { type Content, descriptionText, type Issue, type Site, type Space, type World } from './world.ts';

/** Where the pages of a site lead on to: paths on the sandbox's own address. */
export interface PageLinks {
  browse(key: string): string;
  space(space: Space): string;
  content(content: Content): string;
}

const cloudLinks = ({ name }: Site): PageLinks => ({
  browse: (key) => `/site/${name}/browse/${key}`,
  space: ({ key }) => `/site/${name}/wiki/spaces/${key}`,
  content: ({ space, id }) => `/site/${name}/wiki/spaces/${space}/pages/${id}`,
});

/** What a person sees who follows a result's link: plain pages in the place of Atlassian's own. */
export function sitePageRoutes(world: World): Route<Call>[] {
  const page = (handle: (site: Site, call: Call) => Reply | null) => (call: Call) => {
    const site = world.sites.find(({ name }) => name === call.params.site);
    return (site && handle(site, call)) ?? notFoundPage();
  };
  return [
    { method: 'GET', path: '/', handle: () => startPage(world) },
    { method: 'GET', path: '/site/:site', handle: page(sitePage) },
    {
      method: 'GET',
      path: '/site/:site/browse/:key',
      handle: page((site, { params }) => browsePage(site, params.key ?? '', cloudLinks(site))),
    },
    {
      method: 'GET',
      path: '/site/:site/wiki/spaces/:space',
      handle: page((site, { params }) => spacePage(site, params.space ?? '', cloudLinks(site))),
    },
    { method: 'GET', path: '/site/:site/wiki/spaces/:space/pages/:id', handle: page(byId) },
    { method: 'GET', path: '/site/:site/wiki/spaces/:space/pages/:id/:title', handle: page(byId) },
    { method: 'GET', path: '/site/:site/wiki/spaces/:space/blog/:y/:m/:d/:id', handle: page(byId) },
    { method: 'GET', path: '/site/:site/wiki/spaces/:space/blog/:y/:m/:d/:id/:title', handle: page(byId) },
  ];
}

function startPage(world: World): Reply {
  const sites = world.sites.map(({ name }) => item(`/site/${name}`, name, ''));
  return show('Sites', `${heading('Sandbox Atlassian', 'Sites')}${list(sites)}`);
}

function sitePage(site: Site): Reply {
  const links = cloudLinks(site);
  const projects = site.projects.map(({ key, name }) => item(links.browse(key), key, name));
  const spaces = site.spaces.map((space) => item(links.space(space), space.key, space.name));
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
  const space = site.spaces.find(({ key }) => key === spaceKey);
  if (!space) return null;
  const items = site.contents
    .filter((content) => content.space === space.key && content.status === 'current')
    .map((content) => item(links.content(content), content.title, ''));
  return show(space.name, `${heading(`${site.name} · space ${space.key}`, space.name)}${list(items)}`);
}

function byId(site: Site, { params }: Call): Reply | null {
  const content = site.contents.find(({ id, space }) => id === params.id && space === params.space);
  return content ? contentPage(site, content) : null;
}

export function contentPage(site: Site, content: Content): Reply {
  const updated = `${person(content.authorId)}, ${new Date(content.updated).toUTCString()}`;
  return show(
    content.title,
    `${heading(`${site.name} · ${content.space}`, content.title)}<p class="soft">${escapeHtml(updated)}</p>${paragraphs(content.text)}`,
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
