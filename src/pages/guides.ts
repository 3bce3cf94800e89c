import createParser, { type MarkdownIt } from 'markdown-it';
import { shippedBytes, shippedFile } from '../shipped-files.ts';

/** The guides of `docs/`, in the order in which somebody who is new here wants them. */
export const GUIDES: readonly { readers: string; names: readonly string[] }[] = [
  {
    readers: 'Calling the service',
    names: ['connecting', 'api', 'searching', 'client', 'from-a-browser', 'agents', 'errors', 'access'],
  },
  {
    readers: 'Running it',
    names: ['settings', 'deployment', 'migration', 'accounts', 'token-storage', 'reliability', 'performance'],
  },
  { readers: 'Changing it', names: ['architecture', 'adding-an-operation', 'testing', 'decisions'] },
];

const NAMES = new Set(GUIDES.flatMap(({ names }) => names));

/** A picture of a guide, as guides name it: of the folder `docs/images`, or a chart beside them. */
const PICTURE = /^(?:images\/[\w-]+\.png|[\w-]+\.svg)$/;

/** A picture and its media type; null where no guide has one of that name. */
export function pictureAt(path: string): { bytes: Buffer; type: string } | null {
  const bytes = PICTURE.test(path) ? shippedBytes(`docs/${path}`) : null;
  return bytes && { bytes, type: path.endsWith('.svg') ? 'image/svg+xml' : 'image/png' };
}

export interface Guide {
  name: string;
  title: string;
  /** As it is written. */
  markdown: string;
}

/** Reads guides from where the service is installed, each once. */
export class Guides {
  private readonly read = new Map<string, Guide>();

  /** @returns null where there is no such guide. */
  named(name: string): Guide | null {
    if (!NAMES.has(name)) return null;
    const guide = this.read.get(name) ?? guideOf(name, shippedFile(`docs/${name}.md`));
    this.read.set(name, guide);
    return guide;
  }
}

function guideOf(name: string, markdown: string): Guide {
  const [first = ''] = markdown.split('\n', 1);
  return { name, title: first.replace(/^# /, ''), markdown };
}

/** A guide as HTML, in which headings can be linked to as on GitHub, and links lead to other guides. */
export function guideHtml({ markdown }: Guide): string {
  // Comments are for those who write: of HTML, the parser shows everything as text.
  const lines = markdown.split('\n').filter((line) => !(line.startsWith('<!--') && line.endsWith('-->')));
  return guideParser().render(lines.join('\n'));
}

function guideParser(): MarkdownIt {
  const parser = createParser({ html: false });
  const seen = new Map<string, number>();
  let heading = '';
  const tables = new Map<string, number>();
  parser.renderer.rules.heading_open = (tokens, index, options, _env, self) => {
    heading = tokens[index + 1]?.content.replaceAll('`', '') ?? '';
    const anchor = anchorOf(tokens[index + 1]?.content ?? '');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    tokens[index]?.attrSet('id', before === 0 ? anchor : `${anchor}-${before}`);
    return self.renderToken(tokens, index, options);
  };
  parser.renderer.rules.link_open = (tokens, index, options, _env, self) => {
    const token = tokens[index];
    const target = guideAt(String(token?.attrGet('href')));
    if (target === null) token?.attrs?.splice(0);
    else token?.attrSet('href', target);
    return self.renderToken(tokens, index, options);
  };
  // What is wider than the page can be moved by the keyboard, too.
  const fence = parser.renderer.rules.fence;
  parser.renderer.rules.fence = (...all) => String(fence?.(...all)).replace(/^<pre/, '<pre tabindex="0"');
  // Regions are told apart by their names.
  parser.renderer.rules.table_open = () => {
    const count = (tables.get(heading) ?? 0) + 1;
    tables.set(heading, count);
    const name = `${heading}: table${count === 1 ? '' : ` ${count}`}`;
    return `<div class="wide" role="region" aria-label="${parser.utils.escapeHtml(name)}" tabindex="0"><table>`;
  };
  parser.renderer.rules.table_close = () => '</table></div>';
  parser.renderer.rules.image = (tokens, index) => {
    const token = tokens[index];
    const { escapeHtml } = parser.utils;
    const [source, words] = [String(token?.attrGet('src')), escapeHtml(token?.content ?? '')];
    return PICTURE.test(source) ? `<img src="${escapeHtml(source)}" alt="${words}">` : `<em>${words}</em>`;
  };
  return parser;
}

/** Where a link of a guide leads from its page; null for files of the project that are not served. */
function guideAt(href: string): string | null {
  if (/^(?:https?:|#)/.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const name = path.endsWith('.md') ? path.slice(0, -'.md'.length) : '';
  if (!NAMES.has(name)) return null;
  return anchor === undefined ? name : `${name}#${anchor}`;
}

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
