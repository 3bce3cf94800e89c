import { describe, expect, it } from 'vitest';
import { adfToMarkdown } from '../../../src/atlassian/text/adf-markdown.ts';
import { emojiOf } from '../../../src/atlassian/text/adf-nodes.ts';
import { AdfMaker, type MadeNode } from '../../support/adf-documents.ts';
import { adfDefinitions, adfValidator } from '../../support/adf-schema.ts';
import { missingOf, type Said, shortest } from '../../support/markdown-read.ts';
import { Random } from '../../support/random.ts';

/** A way to repeat what another seed found: `SEED=7 npx vitest run adf-documents`. */
const SEED = 21;
const DOCUMENTS = 400;

/** What becomes of each mark: shown, lost by this name, or nothing that a reader sees. */
const MARKS: Readonly<Record<string, 'shown' | 'unseen' | { lost: string }>> = {
  strong: 'shown',
  em: 'shown',
  strike: 'shown',
  code: 'shown',
  link: 'shown',
  border: 'unseen',
  breakout: 'unseen',
  dataConsumer: 'unseen',
  fragment: 'unseen',
  underline: { lost: 'underline' },
  textColor: { lost: 'color' },
  backgroundColor: { lost: 'background' },
  fontSize: { lost: 'font-size' },
  alignment: { lost: 'alignment' },
  indentation: { lost: 'indentation' },
  annotation: { lost: 'inline-comment' },
};

/** Nodes that Markdown has no word for. */
const LOST: Readonly<Record<string, string>> = {
  decisionList: 'node:decisionList',
  layoutSection: 'layout',
  extension: 'node:extension',
  bodiedExtension: 'node:bodiedExtension',
  inlineExtension: 'node:inlineExtension',
  placeholder: 'node:placeholder',
  syncBlock: 'node:syncBlock',
  bodiedSyncBlock: 'node:bodiedSyncBlock',
};

function said(document: MadeNode): Said {
  const found: Said = { texts: [], addresses: [], languages: [], lost: [] };
  const walk = (node: MadeNode, inCell: boolean): void => {
    const { type, attrs = {} } = node;
    const is = (kind: string) => type === kind;
    const texts = [attrs.title, attrs.alt, attrs.extensionKey, node.text];
    if (is('emoji')) texts.push(emojiOf(attrs));
    else texts.push(attrs.text);
    if (is('date')) texts.push(new Date(Number(attrs.timestamp)).toISOString().slice(0, 10));
    const { url, name } = (attrs.data ?? {}) as { url?: string; name?: string };
    texts.push(name);
    const addresses = [attrs.url, url];
    if (is('media') || is('mediaInline')) addresses.push(attrs.id === undefined ? attrs.url : `media:${attrs.id}`);
    if (is('mention')) addresses.push(`accountid:${attrs.id}`);
    if (is('status')) addresses.push(`status:${attrs.color}`);
    if (is('date')) addresses.push(`date:${new Date(Number(attrs.timestamp)).toISOString().slice(0, 10)}`);
    if (attrs.language !== undefined) found.languages.push(String(attrs.language));
    if (attrs.panelType === 'custom') found.lost.push('panel:custom');
    if (attrs.datasource !== undefined) found.lost.push('node:datasource');
    if (attrs.background !== undefined && /^table/.test(type)) found.lost.push('background');
    if (attrs.isNumberColumnEnabled === true) found.lost.push('row-numbers');
    if (LOST[type] !== undefined) found.lost.push(LOST[type]);
    for (const mark of node.marks ?? []) {
      const becomes =
        mark.type === 'subsup'
          ? { lost: `${mark.attrs?.type}erscript`.replace('suberscript', 'subscript') }
          : MARKS[mark.type];
      if (typeof becomes === 'object') found.lost.push(becomes.lost);
      if (mark.type === 'link' && is('text') && mark.attrs?.title) found.lost.push('link-title');
      // An image has one link, upon itself or upon what holds it.
      const hasOwn = node.content?.some(({ marks }) => marks?.some(({ type }) => type === 'link'));
      if (mark.type === 'link' && is('mediaSingle') && hasOwn) found.lost.push('mark:link');
      else if (mark.type === 'link') addresses.push(mark.attrs?.href);
    }

    for (const text of texts) if (typeof text === 'string') found.texts.push(text);
    for (const address of addresses) if (typeof address === 'string') found.addresses.push(address);
    for (const child of node.content ?? []) walk(child, inCell || is('table'));
  };
  walk(document, false);
  return found;
}

describe('of a document that the ADF schema allows, adfToMarkdown', () => {
  it('loses no text, address, name, date or status without saying so', () => {
    const random = new Random(Number(process.env.SEED ?? SEED));
    const validate = adfValidator();
    const maker = new AdfMaker(random);
    const failures: string[] = [];
    for (let round = 0; round < DOCUMENTS; round += 1) {
      const document = maker.document();
      if (!validate(document)) throw new Error(JSON.stringify({ document, errors: validate.errors }));
      const { markdown, loss } = adfToMarkdown(document);
      const missing = missingOf(said(document), { markdown, loss });
      if (missing.length > 0) failures.push(JSON.stringify({ missing, document, markdown, loss }));
    }
    expect(shortest(failures)).toBeNull();
  });

  it('knows what becomes of every mark', () => {
    const marks = Object.keys(adfDefinitions).flatMap((name) => /^(.+)_mark$/.exec(name)?.[1] ?? []);
    expect([...Object.keys(MARKS), 'subsup'].sort()).toEqual(marks.sort());
  });
});
