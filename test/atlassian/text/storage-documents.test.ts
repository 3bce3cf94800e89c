import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { storageToMarkdown } from '../../../src/atlassian/text/storage-markdown.ts';
import { missingOf, type Said, shortest } from '../../support/markdown-read.ts';
import { Random } from '../../support/random.ts';

/** `SEED=7 npx vitest run storage-documents` tries others. */
const SEED = 23;
const DOCUMENTS = 300;

const AROUND = [
  '',
  '',
  '',
  ' ',
  '*',
  '_',
  '~~',
  '`',
  '[',
  '](',
  ')',
  '<',
  '>',
  '&amp;',
  '|',
  '\\',
  '#',
  '- ',
  '1. ',
  '字',
  '"',
];
const ADDRESS_ENDS = ['', '?a=1&b=[2]', '#a_b_', '/(c)', '/*d*', '/e f', '/<g>', '|h', '\\i', '/ü', '&amp;'];

/** Macros that show nothing themselves but what they hold, if anything. */
const MACROS = 'toc children excerpt details attachments gallery livesearch userlister html chart roadmap'.split(' ');
const ALERTS = ['info', 'note', 'tip', 'warning'];

/** Random bodies of pages of what "Confluence Storage Format" has, with what they say. */
class StorageMaker {
  readonly said: Said = { texts: [], addresses: [], languages: [], lost: [] };
  private count = 0;
  /** What `ac:link` may have for its words. */
  private readonly bodies = [
    () => '',
    () => `<ac:link-body>${this.text()}</ac:link-body>`,
    () => `<ac:plain-text-link-body><![CDATA[${this.word()}]]></ac:plain-text-link-body>`,
  ];

  constructor(private readonly random: Random) {}

  blocks(depth = 0): string {
    return this.several(Math.max(1, 4 - depth), () => this.block(depth)).join(this.random.pick(['', '\n']));
  }

  private block(depth: number): string {
    const { random } = this;
    const inner = () => this.blocks(depth + 1);
    const simple = [
      () => `<p>${this.line()}</p>`,
      () => this.line(),
      () => this.heading(`h${1 + random.below(6)}`),
      () => `<pre>${this.text()}</pre>`,
      () => '<hr />',
      () => this.code(),
      () => this.task(),
      () => this.decisions(),
      () => this.lost('definition-list', () => `<dl><dt>${this.line()}</dt><dd>${this.line()}</dd></dl>`),
    ];
    const holders = [
      () => this.list(depth),
      () => this.table(depth),
      () => `<blockquote>${inner()}</blockquote>`,
      () => `<div>${inner()}</div>`,
      () => macro(random.pick(ALERTS), random.below(2) === 0 ? parameter('title', this.text()) : '', rich(inner())),
      () => this.lost('panel:custom', () => macro('panel', parameter('title', this.text()), rich(inner()))),
      () => macro('expand', parameter('title', this.text()), rich(inner())),
      () =>
        this.lost('layout', () =>
          macro('section', rich(macro('column', rich(inner())) + macro('column', rich(inner())))),
        ),
      () =>
        this.lost(
          'layout',
          () =>
            `<ac:layout><ac:layout-section ac:type="two_equal"><ac:layout-cell>${inner()}</ac:layout-cell><ac:layout-cell>${inner()}</ac:layout-cell></ac:layout-section></ac:layout>`,
        ),
      () => {
        const name = random.pick(MACROS);
        return this.lost(`macro:${name}`, () => macro(name, parameter('title', this.text()), rich(inner())));
      },
      () => adfNode('panel', `<ac:adf-attribute key="panel-type">note</ac:adf-attribute>`, inner()),
      () => this.lost('node:new', () => adfNode('new', '', inner())),
      () => this.lost('node:ac:new', () => `<p><ac:new>${this.line()}</ac:new></p>`),
    ];
    return random.pick(depth < 3 ? [...simple, ...holders] : simple)();
  }

  private heading(name: string): string {
    return `<${name}>${this.line()}</${name}>`;
  }

  private list(depth: number): string {
    const name = this.random.pick(['ul', 'ol']);
    const item = () =>
      this.random.below(2) === 0 ? this.line() : this.random.below(6) === 0 ? '' : this.blocks(depth + 1);
    return `<${name}>${this.several(3, () => `<li>${item()}</li>`).join('')}</${name}>`;
  }

  private table(depth: number): string {
    const cell = (name: string) =>
      `<${name}>${this.random.below(3) === 0 ? this.blocks(depth + 2) : this.line()}</${name}>`;
    const width = 1 + this.random.below(3);
    const row = (name: string) => `<tr>${Array.from({ length: width }, () => cell(name)).join('')}</tr>`;
    const header = this.random.below(2) === 0 ? row('th') : '';
    return `<table><colgroup><col /></colgroup><tbody>${header}${this.several(3, () => row('td')).join('')}</tbody></table>`;
  }

  private code(): string {
    const language = this.random.pick(['java', 'c++', '']);
    if (language !== '') this.said.languages.push(language);
    const written = `${this.number()}${this.random.pick([' <b> &amp;', '\n```\n', ' *c* [d](e)', ' | '])}${this.number()}`;
    this.said.texts.push(written);
    const body = `<ac:plain-text-body><![CDATA[${written}]]></ac:plain-text-body>`;
    return macro('code', language === '' ? '' : parameter('language', language), parameter('title', this.text()), body);
  }

  private task(): string {
    const status = this.random.pick(['complete', 'incomplete']);
    const task = () =>
      `<ac:task><ac:task-id>1</ac:task-id><ac:task-status>${status}</ac:task-status><ac:task-body>${this.line()}</ac:task-body></ac:task>`;
    return `<ac:task-list>${this.several(3, task).join('')}</ac:task-list>`;
  }

  private decisions(): string {
    const item = () =>
      `<ac:adf-node type="decision-item"><ac:adf-content>${this.line()}</ac:adf-content></ac:adf-node>`;
    return this.lost(
      'node:decisionList',
      () =>
        `<ac:adf-extension><ac:adf-node type="decision-list">${this.several(2, item).join('')}</ac:adf-node><ac:adf-fallback>twice</ac:adf-fallback></ac:adf-extension>`,
    );
  }

  private line(): string {
    return this.several(4, () => this.piece()).join(this.random.pick(['', ' ', '<br />']));
  }

  private piece(): string {
    const { random } = this;
    const inner = () => (random.below(3) === 0 ? this.piece() : this.text());
    const element = (name: string) => `<${name}>${inner()}</${name}>`;
    return random.pick([
      () => this.text(),
      () => this.text(),
      () => element(random.pick(['strong', 'em', 'del', 'span', 'b', 'i', 's'])),
      () => `<code>${this.text()}</code>`,
      () => this.lost('underline', () => element('u')),
      () => this.lost('subscript', () => element('sub')),
      () => this.lost('superscript', () => element('sup')),
      () => this.lost('color', () => `<span style="color: rgb(1,2,3);">${inner()}</span>`),
      () => this.lost('inline-comment', () => element('ac:inline-comment-marker')),
      () => this.lost('node:placeholder', () => `<ac:placeholder>${this.text()}</ac:placeholder>`),
      () => this.lost('node:at:var', () => `<at:var at:name="${this.text()}" />`),
      () => this.lost('macro:jira', () => macro('jira', parameter('key', this.text()))),
      () => this.lost('macro:include', () => macro('include', parameter('', this.link([() => ''])))),
      () => `<a href="${this.address()}">${this.text()}</a>`,
      () => this.link(),
      () => this.image(),
      () => {
        const color = random.pick(['Green', 'Red']);
        this.said.addresses.push(`status:${color.toLowerCase()}`);
        return macro('status', parameter('title', this.text()), parameter('colour', color));
      },
      () => {
        const day = `2026-0${1 + random.below(9)}-1${random.below(9)}`;
        this.said.addresses.push(`date:${day}`);
        return `<time datetime="${day}" />`;
      },
      () => `<ac:emoticon ac:name="x" ac:emoji-shortname=":x:" ac:emoji-fallback="${this.word()}" />`,
      () => {
        this.said.addresses.push(`attachment:${this.number()}.pdf`);
        return macro('view-file', parameter('name', `<ri:attachment ri:filename="w${this.count}w.pdf" />`));
      },
    ])();
  }

  private link(bodies = this.bodies): string {
    const { random } = this;
    const name = this.number();
    const [address, resource] = random.pick<[string, string]>([
      [`page:${name} A`, `<ri:page ri:content-title="${name} A" />`],
      [`page:ENG:${name}`, `<ri:page ri:space-key="ENG" ri:content-title="${name}" />`],
      [`blogpost:2026/01/02/${name}`, `<ri:blog-post ri:content-title="${name}" ri:posting-day="2026/01/02" />`],
      [`attachment:${name} (1).pdf`, `<ri:attachment ri:filename="${name} (1).pdf" />`],
      [
        `attachment:P^${name}.pdf`,
        `<ri:attachment ri:filename="${name}.pdf"><ri:page ri:content-title="P" /></ri:attachment>`,
      ],
      [`space:${name}`, `<ri:space ri:space-key="${name}" />`],
      [`shortcut:jira:${name}`, `<ri:shortcut ri:key="jira" ri:parameter="${name}" />`],
      [`content:${name}`, `<ri:content-entity ri:content-id="${name}" />`],
      [`accountid:5b:${name}`, `<ri:user ri:account-id="5b:${name}" />`],
      [`userkey:${name}`, `<ri:user ri:userkey="${name}" />`],
      [`#${name}`, ''],
    ]);
    this.said.addresses.push(address);
    const body = random.pick(bodies)();
    return `<ac:link${resource === '' ? ` ac:anchor="${name}"` : ''}>${resource}${body}</ac:link>`;
  }

  private image(): string {
    const caption = this.random.below(3) === 0 ? `<ac:caption><p>${this.text()}</p></ac:caption>` : '';
    return `<ac:image ac:alt="${this.text()}"><ri:url ri:value="${this.address()}" />${caption}</ac:image>`;
  }

  private lost(kind: string, make: () => string): string {
    this.said.lost.push(kind);
    return make();
  }

  private address(): string {
    const address = `${this.random.pick(['https://x.example/', '/', 'javascript:'])}${this.number()}${this.random.pick(ADDRESS_ENDS)}`;
    this.said.addresses.push(address);
    return escaped(address);
  }

  private text(): string {
    const around = () => this.random.text(AROUND, 2);
    const text = `${around()}${this.number()}${around()}`;
    this.said.texts.push(text);
    return escaped(text);
  }

  private word(): string {
    const word = this.number();
    this.said.texts.push(word);
    return word;
  }

  private number(): string {
    this.count += 1;
    return `w${this.count}w`;
  }

  private several<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.random.below(most) }, make);
  }
}

const macro = (name: string, ...content: string[]) =>
  `<ac:structured-macro ac:name="${name}" ac:schema-version="1">${content.join('')}</ac:structured-macro>`;
const parameter = (name: string, value: string) => `<ac:parameter ac:name="${name}">${value}</ac:parameter>`;
const rich = (content: string) => `<ac:rich-text-body>${content}</ac:rich-text-body>`;
const adfNode = (type: string, attribute: string, content: string) =>
  `<ac:adf-extension><ac:adf-node type="${type}">${attribute}<ac:adf-content>${content}</ac:adf-content></ac:adf-node><ac:adf-fallback>twice</ac:adf-fallback></ac:adf-extension>`;
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

describe('of a page in the storage format that Atlassian describes, storageToMarkdown', () => {
  it('loses no text, address, name, date or status without saying so', () => {
    const random = new Random(Number(process.env.SEED ?? SEED));
    const failures: string[] = [];
    for (let round = 0; round < DOCUMENTS; round += 1) {
      const maker = new StorageMaker(random);
      const storage = maker.blocks();
      const { markdown, loss } = storageToMarkdown(storage);
      const missing = missingOf(maker.said, { markdown, loss });
      if (missing.length > 0) failures.push(JSON.stringify({ missing, storage, markdown, loss }));
    }
    expect(shortest(failures)).toBeNull();
  });
});
