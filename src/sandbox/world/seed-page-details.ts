import { escapeHtml } from '../http/html.ts';
import { sampleAccountId } from './accounts.ts';
import type { Content, PageComment, PageFile, PastVersion } from './records.ts';
import { HOUR_MS } from './seed-time.ts';

interface Remark {
  by: string;
  text: string;
  /** What it is about, where it stands beside a piece of the text. */
  about?: string;
  resolved?: boolean;
  replies?: readonly Remark[];
}

interface Details {
  comments?: readonly Remark[];
  files?: readonly (Pick<PageFile, 'filename' | 'mediaType' | 'comment' | 'content'> & {
    by: string;
    version?: number;
  })[];
  /** Its versions before the present one, oldest first, and what is said of the present one. */
  versions?: { past: readonly { by: string; message: string; text: string; minor?: boolean }[]; message: string };
  /** Who alone may change it, and who alone may read it. */
  update?: { users: readonly string[]; groups: readonly string[] };
  read?: { users: readonly string[]; groups: readonly string[] };
}

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

/** By the title of the page or post. */
const DETAILS: Readonly<Record<string, Details>> = {
  'The queue grows': {
    comments: [
      {
        by: 'bob',
        text: 'Two were not enough last night. It took four.',
        replies: [
          {
            by: 'anna',
            text: 'The night job ran at the same time. I have moved it to five o’clock.',
            replies: [{ by: 'bob', text: 'Then two will do again.' }],
          },
        ],
      },
      { by: 'anna', text: 'Is this still the right dashboard?' },
      {
        by: 'bob',
        about: 'add two',
        text: 'By hand, or is there a command?',
        replies: [{ by: 'anna', text: 'There is one: see queue-check.sh.' }],
      },
      { by: 'anna', about: 'last log lines', text: 'Say where they are.', resolved: true },
    ],
    files: [
      {
        by: 'bob',
        filename: 'queue-check.sh',
        mediaType: 'application/x-sh',
        comment: 'Prints how long the queue is & adds consumers.',
        version: 2,
        content: {
          text: '#!/bin/sh\n# How long is the queue?\nqueuectl length orders || exit 1\nqueuectl add "$1"\n',
        },
      },
      { by: 'anna', filename: 'dashboard.png', mediaType: 'image/png', comment: '', content: { base64: PIXEL } },
      {
        by: 'bob',
        filename: 'queue-2026-08.csv',
        mediaType: 'text/csv',
        comment: 'A month, minute by minute.',
        content: { line: '2026-08-01T00:00:00Z,orders,1284\n', times: 44_640 },
      },
    ],
    versions: {
      past: [
        { by: 'anna', message: '', text: 'Look at the dashboard. Add two consumers.' },
        {
          by: 'bob',
          message: 'Consumers may be dead',
          minor: true,
          text: 'Look at the dashboard. If the consumers are alive, add two.',
        },
      ],
      message: 'What to do if they are not',
    },
  },
  Certificates: { update: { users: ['anna'], groups: ['platform'] } },
  'Goodbye, old basket API': {
    comments: [
      { by: 'anna', text: 'Thank you all.', replies: [{ by: 'bob', text: 'And a cake on Friday.' }] },
      { by: 'bob', text: 'The last call came from us.' },
      { by: 'bob', about: 'six years', text: 'Seven, strictly speaking.' },
      { by: 'anna', about: 'Nobody', text: 'One person wrote.', resolved: true },
    ],
    files: [
      {
        by: 'anna',
        filename: 'calls.csv',
        mediaType: 'text/csv',
        comment: '',
        content: { text: 'month,calls\n2026-07,1200\n2026-08,1\n' },
      },
      {
        by: 'anna',
        filename: 'basket.png',
        mediaType: 'image/png',
        comment: 'A farewell.',
        content: { base64: PIXEL },
      },
    ],
    versions: {
      past: [
        { by: 'anna', message: '', text: 'The old basket API is gone.' },
        { by: 'anna', message: '', text: 'After six years the old basket API is gone.' },
      ],
      message: 'The XML',
    },
  },
  'Salary bands': { read: { users: ['anna', 'bob'], groups: [] } },
};

const FIRST_COMMENT = 327_681;
const FIRST_FILE = 425_985;

/** Gives sample pages and posts the comments, files, versions and restrictions of some of them. */
export function addPageDetails(contents: readonly Content[]): void {
  const count = { comments: 0, files: 0 };
  for (const content of contents) {
    const { comments, files, versions, update, read } = DETAILS[content.title] ?? {};
    const life = content.updated - content.created;
    if (comments) {
      content.comments = flat(comments, null, () => String(FIRST_COMMENT + count.comments++)).map((remark, index) => {
        const time = content.updated + (index + 1) * HOUR_MS;
        return { ...remark, created: time, updated: time };
      });
    }
    if (files) {
      content.files = files.map(({ by, version = 1, ...file }, index): PageFile => {
        const id = `att${FIRST_FILE + count.files++}`;
        return { ...file, id, version, author: sampleAccountId(by), created: content.created + (index + 1) * HOUR_MS };
      });
    }
    if (versions) {
      const { past, message } = versions;
      content.pastVersions = past.map(({ by, text, minor = false, message: said }, index): PastVersion => {
        const body = { representation: 'storage' as const, value: `<p>${escapeHtml(text)}</p>` };
        const time = content.created + Math.round((life * index) / (past.length + 1) / 1_000) * 1_000;
        return {
          ...{ number: index + 1, message: said, minorEdit: minor, authorId: sampleAccountId(by) },
          ...{ at: time, title: content.title, body },
        };
      });
      content.version = { number: past.length + 1, message, authorId: content.authorId };
    }
    if (update || read) {
      content.restrictions = {
        ...(read ? { read: peopleOf(read) } : {}),
        ...(update ? { update: peopleOf(update) } : {}),
      };
    }
  }
}

function peopleOf({ users, groups }: { users: readonly string[]; groups: readonly string[] }) {
  return { users: users.map(sampleAccountId), groups: [...groups] };
}

function flat(
  remarks: readonly Remark[],
  parentId: string | null,
  nextId: () => string,
): Omit<PageComment, 'created' | 'updated'>[] {
  return remarks.flatMap(({ by, text, about, resolved = false, replies = [] }) => {
    const id = nextId();
    const comment = {
      id,
      parentId,
      ...(about === undefined ? {} : { inline: { selection: about, marker: `marker-${id}`, resolved } }),
      body: `<p>${escapeHtml(text)}</p>`,
      author: sampleAccountId(by),
    };
    return [comment, ...flat(replies, id, nextId)];
  });
}
