import { escapeHtml } from '../http/html.ts';
import { findUser } from './accounts.ts';
import type { Content, Space } from './records.ts';
import { addPageDetails } from './seed-page-details.ts';
import { richBody } from './seed-rich-pages.ts';
import { seededTimes } from './seed-time.ts';
import { readStorage } from './storage-format.ts';

/** Depth as leading dots, title | labels | text, one page a line; `*` in front makes it a blog post. */
const ENG = `
Engineering                        |                 | The home of everybody who builds things. Start with "Getting started".
.Getting started                   | onboarding      | Install Node.js, clone the repository, run the tests. Ask when something takes longer than an hour.
..Your first day                   | onboarding      | A laptop, a desk, a person to ask. The login to every system comes from the welcome mail.
..Your first change                | onboarding      | Pick an issue with the label "starter". Small changes are read the same day.
.Architecture                      | architecture    | One service per subject, one database per service. Requests go down once and answers come up once.
..Order service                    | architecture    | Keeps orders & baskets. Talks to payments through events only.
..Payment service                  | architecture,payments | Talks to the provider. An idempotency key goes with each payment.
..Search service                   | architecture,search | Reads events, keeps an index. Rebuilding takes <30 minutes.
..Login and sessions               | architecture,login | Sessions live for 12 hours. The login page sets one cookie, HttpOnly and SameSite=Lax.
.Decisions                         | decision        | Every decision that was hard to take, with its reasons. Newest first.
..ADR 1: PostgreSQL for orders     | decision,adr    | We need transactions more than we need speed.
..ADR 2: Cursors instead of offsets | decision,adr   | Offsets skip rows while rows come in. Cursors do not.
..ADR 3: No shared libraries       | decision,adr    | Copying 20 lines is cheaper than agreeing on 20 lines.
.Runbooks                          | runbook         | What to do when it breaks, written for three in the morning.
..The queue grows                  | runbook,oncall  | Look at the dashboard. If the consumers are alive, add two. If not, read their last log lines.
..Restore from backup              | runbook,backup  | Stop the service, restore, check the counts, start the service. It took 47 minutes last time.
..Certificates                     | runbook         | Renewed by a job each night. If that fails, here is how to do it by hand.
.How we work                       | process         | Few meetings, written decisions, small changes.
..Code review                      | process         | Read the tests first. Is a < b && b < c tested at its edges?
..Release process                  | process,release | Every change on main is released within the hour. A release that fails rolls itself back.
*Winter sale: what we learned      | retrospective   | Three times the load, one incident, no lost order. The login page was the slowest.
*Goodbye, old basket API           | announcement,decision | After six years the old basket API is gone. Nobody will miss the XML.
`;

const HR = `
People and culture                 |                 | Everything about working here, from the first day to the last.
.Holidays                          | holidays        | 25 days a year, plus the public ones. Tell your team two weeks ahead.
..Public holidays 2026             | holidays        | The list for each office.
..Public holidays 2027             | holidays        | Not decided yet.
.Sick leave                        | health          | Write a message before ten. A certificate is needed from the fourth day.
.Travel                            | travel          | Train first. Book through the portal; the login is that of your mail account.
..Expenses                         | travel,expenses | Hand in receipts within 30 days. Meals up to 40 CHF.
..Travel insurance                 | travel          | You are insured on every business trip.
.Learning                          | learning        | Five days and 2,000 CHF a year for courses, books & conferences.
..Language courses                 | learning        | German, French and English, in working hours.
.Onboarding checklist              | onboarding      | Contract, account, laptop, keys, lunch with the team.
.Salary bands                      | salary          | How bands are made, and when they are looked at again.
.Code of conduct                   | policy          | Be kind. Say what is wrong, not who.
..Whom to talk to                  | policy          | Anyone of the people team, or the ombudsperson, who does not report to us.
*Welcome to our new colleagues     | announcement    | Four people started this month. Say hello!
`;

const GLX = `
Globex handbook                    |                 | How globex runs its warehouse.
.Robots                            | robots          | Each robot has a name, a login and a charger.
..Turning left                     | robots          | Do not ask a robot to turn left. See GLX-1.
.Safety                            | safety          | Yellow lines are for robots, white lines are for people.
`;

interface SpaceSeed {
  id: string;
  key: string;
  name: string;
  table: string;
  firstPageId: number;
  salt: number;
}

const SPACES: Readonly<Record<string, readonly SpaceSeed[]>> = {
  acme: [
    { id: '32769', key: 'ENG', name: 'Engineering', table: ENG, firstPageId: 65_601, salt: 3 },
    { id: '32770', key: 'HR', name: 'People & Culture', table: HR, firstPageId: 65_801, salt: 17 },
  ],
  globex: [{ id: '42001', key: 'GLX', name: 'Globex', table: GLX, firstPageId: 75_001, salt: 19 }],
};

/** The spaces and what stands in them, by site name. */
export function seedConfluence(siteName: string): { spaces: Space[]; contents: Content[] } {
  const seeds = SPACES[siteName] ?? [];
  const contents = seeds.flatMap(readTable);
  addPageDetails(contents);
  const spaces = seeds.map((seed): Space => {
    const home = contents.find((content) => content.id === String(seed.firstPageId));
    if (!home) throw new Error(`the sample space ${seed.key} has no home page`);
    const { id, key, name } = seed;
    return {
      id,
      key,
      name,
      status: 'current',
      description: home.text,
      homepageId: home.id,
      authorId: home.authorId,
      created: home.created,
    };
  });
  return { spaces, contents };
}

function readTable(seed: SpaceSeed): Content[] {
  const lines = seed.table.trim().split('\n');
  const ancestors: string[] = [];
  return lines.map((line, index): Content => {
    const [head = '', labels = '', text = ''] = line.split('|').map((cell) => cell.trim());
    const [, mark = '', title = ''] = /^(\*|\.*)(.*)$/.exec(head) ?? [];
    const id = String(seed.firstPageId + index);
    const blogpost = mark === '*';
    const rich = richBody(title, escapeHtml(text));
    const read = rich && readStorage(rich.storage);
    if (!blogpost) ancestors.splice(mark.length, ancestors.length, id);
    return {
      id,
      type: blogpost ? 'blogpost' : 'page',
      status: 'current',
      space: seed.key,
      title,
      parentId: blogpost || mark === '' ? null : (ancestors[mark.length - 1] ?? null),
      body: {
        ...{ representation: 'storage', value: rich?.storage ?? `<p>${escapeHtml(text)}</p>` },
        ...(rich ? { adf: JSON.stringify(rich.adf) } : {}),
      },
      text: read && 'text' in read ? read.text : text,
      labels: labels === '' ? [] : labels.split(','),
      authorId: findUser(index % 2 === 0 ? 'anna' : 'bob')?.accountId ?? '',
      ...seededTimes(index, lines.length, seed.salt),
    };
  });
}
