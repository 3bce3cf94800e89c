import { json, type Reply } from '../http/call.ts';
import { escapeHtml } from '../http/html.ts';
import { integerParam } from '../http/routes.ts';
import { avatars } from '../world/avatars.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Project } from '../world/records.ts';

const HARD_LIMIT = 100;

export const projectPickerQuery = { query: 'text', maxResults: 'integer', allowEmptyQuery: 'boolean' } as const;

/** Data Center's list of projects whose key, or a word of whose name, begins with the query; the document's ProjectPickerResultWrapper. */
export function pickProjects({ query, site, apiUrl }: ProductCall): Reply {
  const text = (query.get('query') ?? '').trim().toLowerCase();
  const asked = integerParam(query, 'maxResults', 0);
  const limit = asked === 0 ? HARD_LIMIT : Math.min(Math.max(asked, 0), HARD_LIMIT);
  const none = text === '' && query.get('allowEmptyQuery') !== 'true';
  const found = site.projects
    .filter(({ key, name }) => !none && (startOf(text, key) >= 0 || startOf(text, name) >= 0))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  const shown = found.slice(0, limit);
  return json(200, {
    projects: shown.map((project) => ({
      name: project.name,
      key: project.key,
      html: htmlOf(project, text),
      id: project.id,
      avatar: avatars(`project/${project.id}`, apiUrl)['16x16'],
    })),
    header: `Showing ${shown.length} of ${found.length} matching projects`,
    total: found.length,
  });
}

/** Where a word of the name begins with the text; -1 where none does. */
function startOf(text: string, name: string): number {
  const lower = name.toLowerCase();
  let at = lower.indexOf(text);
  while (at > 0 && /[\p{L}\p{N}_]/u.test(lower[at - 1] ?? '')) at = lower.indexOf(text, at + 1);
  return at;
}

function htmlOf({ key, name }: Project, text: string): string {
  return `${highlight(name, text)} (${highlight(key, text)})`;
}

function highlight(name: string, text: string): string {
  const at = text === '' ? -1 : startOf(text, name);
  if (at < 0) return escapeHtml(name);
  const end = at + text.length;
  return `${escapeHtml(name.slice(0, at))}<strong>${escapeHtml(name.slice(at, end))}</strong>${escapeHtml(name.slice(end))}`;
}
