import { findUser, sampleAccountId } from './accounts.ts';
import { type AdfNode, doc, heading, leaf, link, mark, node, p, text } from './adf.ts';
import { identityOf } from './data-center-users.ts';

/** The body of a page that has more than a paragraph, in both formats of Confluence Cloud. */
export interface RichBody {
  storage: string;
  adf: AdfNode;
}

const macro = (name: string, parameters: Record<string, string>, body = ''): string => {
  const told = Object.entries(parameters).map(
    ([key, value]) => `<ac:parameter ac:name="${key}">${value}</ac:parameter>`,
  );
  return `<ac:structured-macro ac:name="${name}" ac:schema-version="1">${told.join('')}${body}</ac:structured-macro>`;
};
const rich = (body: string): string => `<ac:rich-text-body>${body}</ac:rich-text-body>`;
const plain = (body: string): string => `<ac:plain-text-body><![CDATA[${body}]]></ac:plain-text-body>`;
const page = (title: string): string => `<ri:page ri:content-title="${title}" />`;

const extension = (key: string, macroParams: Record<string, string>): AdfNode =>
  leaf('extension', {
    ...{ extensionType: 'com.atlassian.confluence.macro.core', extensionKey: key, layout: 'default' },
    parameters: {
      macroParams: Object.fromEntries(Object.entries(macroParams).map(([name, value]) => [name, { value }])),
    },
  });
const item = (...content: AdfNode[]): AdfNode => node('listItem', null, ...content);
const row = (type: 'tableHeader' | 'tableCell', ...words: string[]): AdfNode =>
  node('tableRow', null, ...words.map((one) => node(type, {}, p(one))));

const COMMANDS = 'npm ci\nnpm test';

/** By the title of the page; each begins with the words that its row in the sample data has. */
const BODIES: Readonly<Record<string, (words: string) => RichBody>> = {
  'Getting started': (words) => ({
    storage:
      `<p>${words}</p>${macro('toc', { maxLevel: '2' })}<h2>The tools</h2>` +
      '<ul><li><p>Node.js</p><ul><li><p>version 20 or later</p></li></ul></li><li><p><strong>Docker</strong></p></li></ul>' +
      macro('code', { language: 'bash', title: 'In the clone' }, plain(COMMANDS)) +
      macro('info', {}, rich('<p>The tests take four minutes.</p>')) +
      '<h2>The first week</h2><ac:task-list>' +
      '<ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>Get a badge</ac:task-body></ac:task>' +
      '<ac:task><ac:task-id>2</ac:task-id><ac:task-status>incomplete</ac:task-status><ac:task-body>Have lunch with ' +
      `<ac:link><ri:user ri:account-id="${sampleAccountId('bob')}" /></ac:link> until <time datetime="2026-12-04" /></ac:task-body></ac:task>` +
      '</ac:task-list><hr />' +
      `<p>Then go on with <ac:link>${page('Your first change')}<ac:link-body>a change</ac:link-body></ac:link>, see ` +
      '<a href="https://nodejs.org/en/learn">the guide of Node.js</a> ' +
      '<ac:emoticon ac:name="smile" ac:emoji-shortname=":rocket:" ac:emoji-id="1f680" ac:emoji-fallback="🚀" /></p>',
    adf: doc(
      p(words),
      extension('toc', { maxLevel: '2' }),
      heading(2, 'The tools'),
      node(
        'bulletList',
        null,
        item(p('Node.js'), node('bulletList', null, item(p('version 20 or later')))),
        item(p(text('Docker', mark('strong')))),
      ),
      node('codeBlock', { language: 'bash' }, COMMANDS),
      node('panel', { panelType: 'info' }, p('The tests take four minutes.')),
      heading(2, 'The first week'),
      node(
        'taskList',
        { localId: 'tasks-1' },
        node('taskItem', { localId: '1', state: 'DONE' }, 'Get a badge'),
        node(
          'taskItem',
          { localId: '2', state: 'TODO' },
          'Have lunch with ',
          leaf('mention', { id: sampleAccountId('bob'), text: '@Bob Example' }),
          ' until ',
          leaf('date', { timestamp: '1796342400000' }),
        ),
      ),
      leaf('rule'),
      p(
        'Then go on with ',
        text('a change', link('https://acme.example/site/acme/wiki/spaces/ENG/pages/65604')),
        ', see ',
        text('the guide of Node.js', link('https://nodejs.org/en/learn')),
        ' ',
        leaf('emoji', { shortName: ':rocket:', id: '1f680', text: '🚀' }),
      ),
    ),
  }),
  Certificates: (words) => ({
    storage:
      `<p>${words}</p><ac:layout><ac:layout-section ac:type="two_equal"><ac:layout-cell>` +
      '<table><tbody><tr><th>Host</th><th>Ends</th></tr><tr><td>shop</td><td><time datetime="2027-02-01" /></td></tr></tbody></table>' +
      `</ac:layout-cell><ac:layout-cell><p>${macro('status', { title: 'VALID', colour: 'Green' })}</p></ac:layout-cell></ac:layout-section></ac:layout>` +
      '<blockquote><p>What is done by hand is done wrong at night.</p></blockquote>' +
      macro(
        'expand',
        { title: 'By hand' },
        rich('<p><ac:image ac:alt="Screen of the panel"><ri:attachment ri:filename="panel.png" /></ac:image></p>'),
      ) +
      `<p>${macro('jira', { key: 'DEMO-17' })}</p>` +
      macro('include', { '': `<ac:link>${page('Runbooks')}</ac:link>` }) +
      '<p><a href="https://support.example/tls" data-card-appearance="inline">https://support.example/tls</a></p>',
    adf: doc(
      p(words),
      node(
        'layoutSection',
        null,
        node(
          'layoutColumn',
          { width: 50 },
          node('table', {}, row('tableHeader', 'Host', 'Ends'), row('tableCell', 'shop', '2027-02-01')),
        ),
        node('layoutColumn', { width: 50 }, p(leaf('status', { text: 'VALID', color: 'green' }))),
      ),
      node('blockquote', null, p('What is done by hand is done wrong at night.')),
      node(
        'expand',
        { title: 'By hand' },
        node(
          'mediaSingle',
          { layout: 'center' },
          leaf('media', {
            type: 'file',
            id: 'b1d0c3a2-7c1f-4f5e-9a56-0c2d4e6f8a10',
            collection: '',
            alt: 'Screen of the panel',
          }),
        ),
      ),
      extension('jira', { key: 'DEMO-17' }),
      extension('include', { '': 'Runbooks' }),
      p(leaf('inlineCard', { url: 'https://support.example/tls' })),
    ),
  }),
};

/** @param words what the page says first, as it stands in markup. */
export function richBody(title: string, words: string): RichBody | undefined {
  return Object.hasOwn(BODIES, title) ? BODIES[title]?.(words) : undefined;
}

/** Storage format of Cloud as a Data Center has it, which knows people by another key. */
export function withUserKeys(storage: string): string {
  return storage.replace(/ri:account-id="([^"]*)"/g, (found, account) => {
    const user = findUser(account);
    const identity = user && identityOf(user);
    return identity ? `ri:userkey="${identity.userKey}"` : found;
  });
}
