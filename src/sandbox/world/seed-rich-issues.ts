import { sampleAccountId } from './accounts.ts';
import { type AdfNode, adfText, doc, heading, leaf, link, mark, node, p, text } from './adf.ts';

/** A text as Jira Cloud has it, and the same as a Data Center has it. */
interface RichText {
  adf: AdfNode;
  wiki: string;
}

const item = (...content: AdfNode[]): AdfNode => node('listItem', null, ...content);
const row = (type: 'tableHeader' | 'tableCell', ...words: string[]): AdfNode =>
  node('tableRow', null, ...words.map((one) => node(type, {}, p(one))));
const person = (name: string, shown: string): AdfNode => leaf('mention', { id: sampleAccountId(name), text: shown });

/** By the key of the issue. */
const DESCRIPTIONS: Readonly<Record<string, RichText>> = {
  'DEMO-4': {
    adf: doc(
      p('Pressing the login button shows the spinner and nothing more.'),
      p('Seen on Safari 17, not on Firefox or Chrome.'),
      heading(2, 'Steps'),
      node(
        'orderedList',
        { order: 1 },
        item(
          p('Open the ', text('staging', mark('strong')), ' shop'),
          node('bulletList', null, item(p('in a private window')), item(p('without any extension'))),
        ),
        item(p('Press ', text('#sign-in', mark('code')))),
      ),
      node(
        'table',
        { isNumberColumnEnabled: false, layout: 'default' },
        row('tableHeader', 'Browser', 'Works'),
        row('tableCell', 'Safari 17.4', 'no'),
        row('tableCell', 'Firefox 131', 'yes'),
      ),
      node('codeBlock', { language: 'javascript' }, "button.addEventListener('click', ask);\n// never comes back"),
      node('panel', { panelType: 'warning' }, p('Do not try it on the live shop.')),
      node(
        'mediaSingle',
        { layout: 'center' },
        leaf('media', {
          ...{ type: 'file', id: '0b5f9c1e-6a0d-4a53-9d0c-5a7e2f3b8c11', collection: '' },
          ...{ alt: 'safari-console.png', width: 800, height: 400 },
        }),
      ),
      node(
        'taskList',
        { localId: 'tasks-1' },
        node('taskItem', { localId: 'task-1', state: 'DONE' }, 'Find the version where it began'),
        node('taskItem', { localId: 'task-2', state: 'TODO' }, 'Tell ', person('bob', '@Bob Example')),
      ),
      leaf('rule'),
      p(
        leaf('status', { text: 'CONFIRMED', color: 'red', localId: 'status-1' }),
        ' on ',
        leaf('date', { timestamp: '1795132800000' }),
        ', see ',
        text('the notes of Safari', link('https://developer.example/safari/17-4')),
        ' and ',
        leaf('inlineCard', { url: 'https://support.example/tickets/4711' }),
        ' ',
        leaf('emoji', { shortName: ':eyes:', id: '1f440', text: '👀' }),
      ),
    ),
    wiki: [
      'Pressing the login button shows the spinner and nothing more.\n\nSeen on Safari 17, not on Firefox or Chrome.',
      'h2. Steps\n# Open the *staging* shop\n#* in a private window\n#* without any extension\n# Press {{#sign-in}}',
      '||Browser||Works||\n|Safari 17.4|no|\n|Firefox 131|yes|',
      "{code:javascript}\nbutton.addEventListener('click', ask);\n// never comes back\n{code}",
      '{panel:bgColor=#ffebe6}\nDo not try it on the live shop.\n{panel}',
      '!safari-console.png|width=800!',
      '* ☑ Find the version where it began\n* ☐ Tell [~bob]',
      '----',
      '{color:red}CONFIRMED{color} on 2026-11-20, see [the notes of Safari|https://developer.example/safari/17-4] and https://support.example/tickets/4711',
    ].join('\n\n'),
  },
  'DEMO-15': {
    adf: doc(
      p('The form is sent again on reload.'),
      p('An idempotency key would end this.'),
      node('blockquote', null, p('I paid for one lamp and was billed for two.')),
      node(
        'expand',
        { title: 'What the server sees' },
        node('codeBlock', { language: 'json' }, '{ "basket": 7, "amount": 4900 }'),
      ),
      node(
        'decisionList',
        { localId: 'decisions-1' },
        node('decisionItem', { localId: 'decision-1', state: 'DECIDED' }, 'The key is made in the browser'),
      ),
      p(text('Not', mark('strike')), text(' Only', mark('underline')), ' with the back button.'),
    ),
    wiki: [
      'The form is sent again on reload.\n\nAn idempotency key would end this.',
      'bq. I paid for one lamp and was billed for two.',
      '*What the server sees*\n{code:json}\n{ "basket": 7, "amount": 4900 }\n{code}',
      '* The key is made in the browser',
      '-Not- +Only+ with the back button.',
    ].join('\n\n'),
  },
};

/** The second comment of DEMO-4. */
const COMMENT: RichText = {
  adf: doc(
    p('The click handler waits for a permission that Safari no longer gives.'),
    node('bulletList', null, item(p(person('bob', '@Bob Example'), ', can you ask without it?'))),
    node('codeBlock', { language: 'javascript' }, "if (await allowed('popup')) open();"),
  ),
  wiki: [
    'The click handler waits for a permission that Safari no longer gives.',
    '* [~bob], can you ask without it?',
    "{code:javascript}\nif (await allowed('popup')) open();\n{code}",
  ].join('\n\n'),
};

const ENVIRONMENT: RichText = {
  adf: doc(p(text('Safari 17.4', mark('strong')), ' on macOS'), node('bulletList', null, item(p('staging')))),
  wiki: '*Safari 17.4* on macOS\n* staging',
};

const WIKI = new Map([...Object.values(DESCRIPTIONS), COMMENT, ENVIRONMENT].map(({ adf, wiki }) => [adf, wiki]));

/** The document of a sample issue that has more than paragraphs. */
export function richDescription(key: string): AdfNode | undefined {
  return DESCRIPTIONS[key]?.adf;
}

export const RICH_COMMENT: AdfNode = COMMENT.adf;

export const RICH_ENVIRONMENT: AdfNode = ENVIRONMENT.adf;

/** A text of the sample data as a Data Center has it. */
export function wikiOf(adf: AdfNode | string): string {
  return typeof adf === 'string' ? adf : (WIKI.get(adf) ?? adfText(adf));
}
