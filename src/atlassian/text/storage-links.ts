import { emojiOf } from './adf-nodes.ts';
import {
  attachment,
  date,
  type Link,
  type Loss,
  labelRun,
  linkTo,
  type Mark,
  mention,
  ownLink,
  type Run,
  textRun,
  withMark,
} from './document/document.ts';
import { shownText } from './macro-words.ts';
import { attribute } from './storage-tokens.ts';
import { childrenOf, type StorageElement, textIn } from './storage-tree.ts';

type Words = (element: StorageElement) => Run[];

/** What `ac:link` leads to: a resource of Confluence's, or a part of the page. */
interface LinkTarget {
  link: Link;
  /** What is shown where the link has no words. */
  name: string;
}

/** What links are read with: what gets lost, and the names of people by their account ids, as far as they are known. */
interface Reading {
  loss: Loss;
  names: Names;
}

type Names = ReadonlyMap<string, string>;

/** A link with its words; a link to a person is a mention. */
export function storageLink(
  element: StorageElement,
  marks: readonly Mark[],
  { loss, names }: Reading,
  words: Words,
): Run[] {
  const resource = resourceIn(element);
  const body = childrenOf(element, 'ac:link-body', 'ac:plain-text-link-body')[0];
  const shown = body ? words(body) : [];
  const hasWords = shown.some((run) => run.kind !== 'break' && !(run.kind === 'text' && run.text.trim() === ''));
  if (resource?.name === 'ri:user') return [person(resource, body ? textIn(body) : '', marks, names)];
  const target = targetOf(resource, attribute(element, 'ac:anchor'));
  if (target === null) {
    loss.add(`node:${resource?.name ?? 'ac:link'}`);
    return hasWords ? shown : [labelRun(`node: ${resource?.name ?? 'ac:link'}`, marks)];
  }
  const run = (inner: Run): Run => ({ ...inner, marks: withMark(inner.marks, target.link) });
  return hasWords ? shown.map(run) : [run(textRun(target.name, marks))];
}

/** An image with what stands below it. */
export function storageImage(element: StorageElement, marks: readonly Mark[], loss: Loss, words: Words): Run[] {
  const target = targetOf(resourceIn(element), '');
  const alt = attribute(element, 'ac:alt') || attribute(element, 'ac:title');
  const caption = childrenOf(element, 'ac:caption').flatMap((child): Run[] => [
    { kind: 'break', marks },
    ...words(child),
  ]);
  if (target === null) {
    loss.add('node:ac:image');
    return [labelRun('node: ac:image', marks), ...caption];
  }
  const name = alt || (target.link.ours ? target.name : '');
  const href = attribute(element, 'ac:href');
  const linked = href === '' ? marks : withMark(marks, linkTo(href));
  return [{ kind: 'image', alt: name, link: target.link, marks: linked }, ...caption];
}

/** What a macro shows: what its parameters name, and the first of its texts that says it. */
export function macroWords(
  parameters: ReadonlyMap<string, StorageElement>,
  marks: readonly Mark[],
  names: Names,
): Run[] {
  const runs: Run[] = [];
  const texts = new Map<string, string>();
  for (const [name, parameter] of parameters) {
    const [link = parameter] = childrenOf(parameter, 'ac:link');
    const resource = resourceIn(link);
    const target = targetOf(resource, attribute(link, 'ac:anchor'));
    if (resource?.name === 'ri:user') runs.push(textRun(' ', marks), person(resource, '', marks, names));
    else if (target) runs.push(textRun(' ', marks), textRun(target.name, withMark(marks, target.link)));
    else texts.set(name, textIn(parameter).trim());
  }
  const text = shownText(texts);
  return text === undefined ? runs : [textRun(` ${text}`, marks), ...runs];
}

/** An attached file that a macro shows, such as `view-file`. */
export function storageFile(parameter: StorageElement | undefined, marks: readonly Mark[]): Run | null {
  const target = parameter ? targetOf(resourceIn(parameter), '') : null;
  return target === null ? null : textRun(target.name, withMark(marks, target.link));
}

export function storageEmoticon(element: StorageElement, marks: readonly Mark[]): Run {
  const name = attribute(element, 'ac:emoji-shortname') || `:${attribute(element, 'ac:name')}:`;
  const emoji = {
    text: attribute(element, 'ac:emoji-fallback'),
    id: attribute(element, 'ac:emoji-id'),
    shortName: name,
  };
  return textRun(emojiOf(emoji), marks);
}

export function storageTime(element: StorageElement, marks: readonly Mark[]): Run[] {
  const day = /^\d{4}-\d\d-\d\d/.exec(attribute(element, 'datetime'))?.[0];
  return day === undefined ? [textRun(textIn(element), marks)] : [date(day, marks)];
}

function resourceIn(element: StorageElement): StorageElement | undefined {
  return childrenOf(
    element,
    ...[
      'ri:page',
      'ri:blog-post',
      'ri:attachment',
      'ri:user',
      'ri:url',
      'ri:space',
      'ri:content-entity',
      'ri:shortcut',
    ],
  )[0];
}

function person(user: StorageElement, name: string, marks: readonly Mark[], names: Names): Run {
  const account = attribute(user, 'ri:account-id');
  if (account !== '') return mention(name || (names.get(account) ?? ''), 'accountid', account, marks);
  const key = attribute(user, 'ri:userkey');
  return key === ''
    ? mention(name, 'username', attribute(user, 'ri:username'), marks)
    : mention(name, 'userkey', key, marks);
}

/** No address of a page is known, only its title, its day if it is a blog post, and its space where that is another one. */
function targetOf(resource: StorageElement | undefined, anchor: string): LinkTarget | null {
  const part = anchor === '' ? '' : `#${anchor}`;
  const of = (name: string) => (resource ? attribute(resource, name) : '');
  switch (resource?.name) {
    case 'ri:page':
    case 'ri:blog-post': {
      const title = of('ri:content-title');
      if (title === '') return null;
      const space = of('ri:space-key');
      const kind = resource.name === 'ri:page' ? 'page' : 'blogpost';
      // Only its day tells a blog post from another of its title.
      const day = of('ri:posting-day');
      const named = `${space === '' ? '' : `${space}:`}${day === '' ? '' : `${day}/`}${title}`;
      return { link: ownLink(`${kind}:${named}${part}`), name: title };
    }
    case 'ri:attachment': {
      const file = of('ri:filename');
      const page = targetOf(childrenOf(resource, 'ri:page', 'ri:blog-post', 'ri:content-entity')[0], '');
      // A file of another page, as wiki markup names it; what has no title goes by its id.
      const container = page === null ? '' : `${page.link.to.replace(/^(?:page|blogpost):/, '')}^`;
      return file === '' ? null : { link: attachment(`${container}${file}${part}`), name: file };
    }
    case 'ri:shortcut': {
      const name = of('ri:parameter') || of('ri:key');
      return name === '' ? null : { link: ownLink(`shortcut:${of('ri:key')}:${of('ri:parameter')}`), name };
    }
    case 'ri:url':
      return of('ri:value') === '' ? null : { link: linkTo(of('ri:value')), name: of('ri:value') };
    case 'ri:space':
      return { link: ownLink(`space:${of('ri:space-key')}`), name: of('ri:space-key') };
    case 'ri:content-entity':
      return { link: ownLink(`content:${of('ri:content-id')}${part}`), name: of('ri:content-id') };
    default:
      return anchor === '' ? null : { link: linkTo(part), name: anchor };
  }
}
