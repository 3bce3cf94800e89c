import { findUser } from './accounts.ts';
import { adfText } from './adf.ts';
import { escapeHtml, htmlPage } from './html.ts';
import type { Call, Reply, Route } from './http.ts';
import type { Content, Issue, Site, World } from './world.ts';

/** What a person sees who follows a result's link: plain pages in the place of Atlassian's own. */
export function sitePageRoutes(world: World): Route<Call>[] {
  const page = (handle: (site: Site, call: Call) => Reply | null) => (call: Call) => {
    const site = world.sites.find(({ name }) => name === call.params.site);
    return (site && handle(site, call)) ?? notFound();
  };
  return [
    { method: 'GET', path: '/', handle: () => startPage(world) },
    { method: 'GET', path: '/site/:site', handle: page(sitePage) },
    { method: 'GET', path: '/site/:site/browse/:key', handle: page(browse) },
    { method: 'GET', path: '/site/:site/wiki/spaces/:space', handle: page(spacePage) },
    { method: 'GET', path: '/site/:site/wiki/spaces/:space/pages/:id', handle: page(contentPage) },
    { method: 'GET', path: '/site/:site/wiki/spaces/:space/pages/:id/:title', handle: page(contentPage) },
    { method: 'GET', path: '/site/:site/wiki/spaces/:space/blog/:y/:m/:d/:id', handle: page(contentPage) },
    { method: 'GET', path: '/site/:site/wiki/spaces/:space/blog/:y/:m/:d/:id/:title', handle: page(contentPage) },
  ];
}

function startPage(world: World): Reply {
  const sites = world.sites.map(({ name }) => item(`/site/${name}`, name, ''));
  return show('Sites', `${heading('Sandbox Atlassian', 'Sites')}${list(sites)}`);
}

function sitePage(site: Site): Reply {
  const projects = site.projects.map(({ key, name }) => item(`/site/${site.name}/browse/${key}`, key, name));
  const spaces = site.spaces.map(({ key, name }) => item(`/site/${site.name}/wiki/spaces/${key}`, key, name));
  return show(
    site.name,
    `${heading('Site', site.name)}<h2>Projects</h2>${list(projects)}<h2>Spaces</h2>${list(spaces)}`,
  );
}

function browse(site: Site, call: Call): Reply | null {
  const key = (call.params.key ?? '').toUpperCase();
  const project = site.projects.find((entry) => entry.key === key);
  if (project) {
    const issues = site.issues.filter((issue) => issue.project === key);
    const items = issues.map((issue) => item(`/site/${site.name}/browse/${issue.key}`, issue.key, issue.summary));
    return show(project.name, `${heading(`${site.name} · project ${key}`, project.name)}${list(items)}`);
  }
  const issue = site.issues.find((entry) => entry.key === key);
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
  const description = issue.description ? adfText(issue.description) : '';
  return show(
    `${issue.key} ${issue.summary}`,
    `${heading(`${site.name} · ${issue.key}`, issue.summary)}${paragraphs(description)}<h2>Details</h2><table>${table}</table>`,
  );
}

function spacePage(site: Site, call: Call): Reply | null {
  const space = site.spaces.find(({ key }) => key === call.params.space);
  if (!space) return null;
  const items = site.contents
    .filter((content) => content.space === space.key && content.status === 'current')
    .map(({ id, title }) => item(`/site/${site.name}/wiki/spaces/${space.key}/pages/${id}`, title, ''));
  return show(space.name, `${heading(`${site.name} · space ${space.key}`, space.name)}${list(items)}`);
}

function contentPage(site: Site, call: Call): Reply | null {
  const content: Content | undefined = site.contents.find(
    ({ id, space }) => id === call.params.id && space === call.params.space,
  );
  if (!content) return null;
  const updated = `${person(content.authorId)}, ${new Date(content.updated).toUTCString()}`;
  return show(
    content.title,
    `${heading(`${site.name} · ${content.space}`, content.title)}<p class="soft">${escapeHtml(updated)}</p>${paragraphs(content.text)}`,
  );
}

function notFound(): Reply {
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
