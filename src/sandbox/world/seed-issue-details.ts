import { sampleAccountId } from './accounts.ts';
import { type AdfNode, adfParagraphs } from './adf.ts';
import type { Attachment, Change, Comment, FieldChange, Issue, IssueLink, RemoteLink, Worklog } from './records.ts';
import { RICH_COMMENT, RICH_ENVIRONMENT } from './seed-rich-issues.ts';
import { HOUR_MS } from './seed-time.ts';

interface Details extends Pick<Issue, 'environment' | 'severity'> {
  /** What was said, oldest first; a slash makes a paragraph. */
  comments?: readonly { by: string; text: string | AdfNode }[];
  /** Type of the link, and the issue that this one blocks, duplicates or relates to. */
  links?: readonly { type: string; to: string }[];
  /** Whom alone the last comment is shown to. */
  visibility?: Record<string, unknown>;
  worklogs?: readonly { by: string; minutes: number; text: string }[];
  changes?: readonly { by: string; items: readonly FieldChange[] }[];
  pages?: readonly Omit<RemoteLink, 'id' | 'globalId'>[];
  files?: readonly { name: string; mimeType: string; size: number; by: string }[];
}

/** By the key of the issue. */
const DETAILS: Readonly<Record<string, Details>> = {
  'DEMO-4': {
    environment: RICH_ENVIRONMENT,
    severity: 'Major',
    comments: [
      { by: 'bob', text: 'I see it on Safari 17.4 and not on 17.1. / The console says nothing.' },
      { by: 'anna', text: RICH_COMMENT },
      { by: 'bob', text: 'Fixed on my branch & ready to be read.' },
    ],
    links: [{ type: 'Relates', to: 'DEMO-30' }],
    worklogs: [
      { by: 'bob', minutes: 90, text: 'Tried every Safari from 17.0 on.' },
      { by: 'anna', minutes: 150, text: 'Read the release notes of Safari. / Wrote the fix.' },
      { by: 'bob', minutes: 20, text: '' },
    ],
    changes: [
      { by: 'bob', items: [{ field: 'priority', from: 'High', to: 'Highest' }] },
      {
        by: 'anna',
        items: [
          { field: 'assignee', from: '', to: 'Anna Muster' },
          { field: 'status', from: 'To Do', to: 'In Progress' },
        ],
      },
      { by: 'anna', items: [{ field: 'Link', from: '', to: 'This issue relates to DEMO-30' }] },
    ],
    pages: [
      {
        title: 'Safari 17.4 release notes',
        url: 'https://developer.example/safari/17-4',
        summary: 'Permissions & events',
        relationship: 'mentioned in',
        application: { type: 'com.example.docs', name: 'Release notes' },
      },
      {
        title: 'Ticket 4711',
        url: 'https://support.example/tickets/4711',
        relationship: 'reported in',
        resolved: false,
      },
    ],
    files: [
      { name: 'safari-console.png', mimeType: 'image/png', size: 182_344, by: 'bob' },
      { name: 'Recording of the login.mov', mimeType: 'video/quicktime', size: 4_811_276, by: 'bob' },
    ],
  },
  'DEMO-11': {
    comments: [{ by: 'carol', text: 'The file of last Tuesday is attached.' }],
    files: [{ name: 'orders-2026-09.csv', mimeType: 'text/csv', size: 48_213, by: 'carol' }],
  },
  'DEMO-15': {
    comments: [
      { by: 'bob', text: 'It happens with the back button, too.' },
      { by: 'anna', text: 'Three customers have asked for their money.' },
    ],
    visibility: { type: 'role', value: 'Administrators', identifier: 'Administrators' },
    links: [{ type: 'Blocks', to: 'DEMO-14' }],
    files: [{ name: 'charged-twice.csv', mimeType: 'text/csv', size: 1_204, by: 'anna' }],
  },
  'DEMO-30': {
    comments: [
      { by: 'carol', text: 'Support had two calls about it this week.' },
      { by: 'bob', text: 'It is blank because the script stops at the first cookie. / Nothing is written to the log.' },
    ],
  },
  'OPS-17': { links: [{ type: 'Blocks', to: 'OPS-2' }] },
  'WEB-11': {
    comments: [{ by: 'anna', text: 'The same parser is behind the order ids.' }],
    links: [{ type: 'Relates', to: 'DEMO-26' }],
  },
};

const FIRST_ID = 10_000;

/** Gives sample issues the comments, links and files of some of them. */
export function addDetails(issues: readonly Issue[]): void {
  const count = { comments: 0, links: 0, attachments: 0, worklogs: 0, changes: 0, pages: 0 };
  const nextId = (kind: keyof typeof count) => {
    count[kind] += 1;
    return String(FIRST_ID + count[kind]);
  };
  for (const [key, { comments, links, files, visibility, worklogs, changes, pages, ...fields }] of Object.entries(
    DETAILS,
  )) {
    const issue = issues.find((entry) => entry.key === key);
    if (!issue) continue;
    Object.assign(issue, fields);
    const at = (index: number) => Math.min(issue.created + (index + 1) * HOUR_MS, issue.updated);
    if (comments) {
      issue.comments = comments.map(({ by, text }, index): Comment => {
        const author = sampleAccountId(by);
        const body = typeof text === 'string' ? adfParagraphs(text.split(' / ')) : text;
        const whom = visibility && index === comments.length - 1 ? { visibility } : {};
        return { id: nextId('comments'), author, body, ...whom, created: at(index), updated: at(index) };
      });
    }
    if (links) {
      issue.links = links.map(({ type, to }): IssueLink => {
        const other = issues.find((entry) => entry.key === to);
        if (!other) throw new Error(`the sample data links ${key} to ${to}, which is not there`);
        return { id: nextId('links'), type, to: other.id };
      });
    }
    if (worklogs) {
      issue.worklogs = worklogs.map(({ by, minutes, text }, index): Worklog => {
        const comment = adfParagraphs(text === '' ? [] : text.split(' / '));
        const times = { started: at(index) - minutes * 60_000, created: at(index), updated: at(index) };
        return { id: nextId('worklogs'), author: sampleAccountId(by), comment, seconds: minutes * 60, ...times };
      });
    }
    if (changes) {
      issue.history = changes.map(({ by, items }, index): Change => {
        return { id: nextId('changes'), author: sampleAccountId(by), created: at(index), items: [...items] };
      });
    }
    if (pages) {
      issue.remoteLinks = pages.map((page): RemoteLink => {
        return { id: Number(nextId('pages')), globalId: `url=${page.url}`, ...page };
      });
    }
    if (files) {
      issue.attachments = files.map(({ name, mimeType, size, by }, index): Attachment => {
        return {
          id: nextId('attachments'),
          filename: name,
          mimeType,
          size,
          author: sampleAccountId(by),
          created: at(index),
        };
      });
    }
  }
}
