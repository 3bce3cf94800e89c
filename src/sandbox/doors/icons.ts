import type { Reply } from '../http/call.ts';
import { findIn, ISSUE_TYPES, PRIORITIES } from '../world/catalogue.ts';

/** Addresses of pictures, wherever a product lies: on a site, behind the gateway's prefix, on the Data Center. */
const PLACE = /^\/(?:site\/[^/]+|ex\/(?:jira|confluence)\/[^/]+|dc\/(?:jira|confluence))(\/.+)$/;

const COLORS: Readonly<Record<string, string>> = {
  Epic: '#8777d9',
  Story: '#63ba3c',
  Task: '#4bade8',
  Bug: '#e5493a',
  'Sub-task': '#0c66e4',
  Highest: '#c9372c',
  High: '#e2483d',
  Medium: '#e56910',
  Low: '#1d7afc',
  Lowest: '#579dff',
};

/**
 * A small picture for every address of one that the sandbox names, without asking who calls, as a browser that shows a
 * list has no credentials for Atlassian.
 *
 * @returns null where the path is not that of a picture
 */
export function iconReply(path: string): Reply | null {
  const inner = PLACE.exec(path)?.[1] ?? '';
  const [, kind, file = ''] =
    /^\/images\/icons\/(issuetypes|priorities|statuses|profilepics)\/([\w-]+)\.svg$/.exec(inner) ?? [];
  if (kind === 'issuetypes' || kind === 'priorities') {
    const name = findIn<{ id: string; name: string }>(kind === 'issuetypes' ? ISSUE_TYPES : PRIORITIES, file)?.name;
    return name === undefined ? null : svg(square(COLORS[name]));
  }
  if (kind === 'statuses') return svg(square('#8590a2'));
  if (kind === 'profilepics' || /^\/avatar\/(?:user|project|site)\/[^/]+$|^\/wiki\/aa-avatar\/[^/]+$/.test(inner)) {
    return svg('<circle cx="8" cy="6" r="3" fill="#8590a2"/><path d="M2 15a6 6 0 0 1 12 0z" fill="#8590a2"/>');
  }
  return null;
}

function square(color = '#8590a2'): string {
  return `<rect x="1" y="1" width="14" height="14" rx="3" fill="${color}"/>`;
}

function svg(shapes: string): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'image/svg+xml', 'cache-control': 'max-age=86400' },
    body: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">${shapes}</svg>`,
  };
}
