import { sampleAccountId } from './accounts.ts';
import { type AdfNode, adfParagraphs } from './adf.ts';
import type { Issue, Project } from './records.ts';
import { addDetails } from './seed-issue-details.ts';
import { richDescription } from './seed-rich-issues.ts';
import { HOUR_MS, SEED_EPOCH, seededTimes } from './seed-time.ts';

/** Type and parent number | status | priority | assignee | labels | summary | description, one issue a line. */
const DEMO = `
Epic        | In Progress | High    | anna  | accounts             | Sign-in and accounts                                        | Everything a customer does before the first order.
Story ^1    | Done        | Medium  | bob   | accounts             | Sign up with an e-mail address                              | A customer signs up with an address and a password. / The address is confirmed by a link that lives for one day.
Story ^1    | In Review   | Medium  | anna  | accounts,security    | Reset a forgotten password                                  | The reset link works once and for 30 minutes.
Bug ^1      | In Progress | Highest | anna  | login,safari         | Login button does nothing on Safari                         |
Bug ^1      | To Do       | High    | -     | login                | Login fails with "Unknown & unexpected" <b>error</b> 🚨     | The message shows <b>tags</b> & entities as they are. / It should say what a person can do about it.
Task        | Done        | Low     | carol | docs                 | Describe the release process                                | One page, readable by a newcomer.
Story       | To Do       | Medium  | -     | search               | Search orders by customer name                              | Partial names count: "mull" finds Müller.
Bug         | Done        | High    | bob   | search,regression    | Search returns orders of other customers                    | Found by support on Monday. / Caused by the cache key, which lacks the customer.
Sub-task ^7 | To Do       | Medium  | bob   | search               | Index customer names with umlauts                           | Straße, Müller and Łódź are good test cases.
Task        | In Progress | Medium  | bob   | performance          | Measure the first page load on slow phones                  | Use the slow 4G profile, and write the numbers down.
Bug         | To Do       | Medium  | carol | export               | Export stops after 1,000 rows                               | The file ends in the middle of a row.
Story       | In Review   | High    | carol | export               | Export orders to a spreadsheet                              | Columns as in the list, dates in the time zone of the reader.
Bug         | To Do       | Low     | -     | ui                   | Tooltip covers the "Save" button                            | On narrow windows only.
Story       | Done        | Medium  | anna  | payments             | Pay by invoice                                              | For companies with a credit check.
Bug         | In Progress | Highest | bob   | payments             | Payment is charged twice when the page is reloaded          |
Sub-task ^15 | In Progress | High   | bob   | payments             | Send an idempotency key with each payment                   | One per basket, not per click.
Task        | To Do       | Medium  | anna  | payments,compliance  | Renew the payment provider's certificate                    | It ends in the first week of December.
Story       | To Do       | Lowest  | -     | ui                   | Dark mode                                                   | Follow the setting of the system.
Bug         | Done        | Medium  | carol | ui,mobile            | Menu stays open after navigation on phones                  | Close it on every route change.
Task        | Done        | Medium  | anna  | cleanup              | Remove the old basket API                                   | Nothing has called it since spring.
Epic        | To Do       | Medium  | bob   | notifications        | Notifications                                               | E-mail first, then push.
Story ^21   | To Do       | Medium  | bob   | notifications        | E-mail when an order is on its way                          | With the carrier's tracking link.
Story ^21   | To Do       | Low     | -     | notifications        | Choose which notifications to receive                       | One switch per kind, none of them hidden.
Bug         | In Review   | High    | anna  | login,security       | Session stays valid after the password has changed          | Every other session must end.
Task        | In Progress | Medium  | carol | testing              | Run the browser tests against a fresh database              | They depend on each other's leftovers today.
Bug         | To Do       | Medium  | bob   | api                  | Error 500 when the order id is not a number                 | It should be a 404 with a clear message.
Story       | In Progress | Medium  | anna  | api                  | Page through orders with a cursor                           | Offsets skip rows while orders come in.
Bug         | Done        | Low     | carol | i18n                 | Prices show a comma for English readers                     | Take the locale from the profile.
Task        | To Do       | Low     | -     | docs                 | Draw the architecture on one page                           | Boxes and arrows, no logos.
Bug         | To Do       | High    | anna  | login                | Login page is blank without cookies                         | Say that cookies are needed.
`;

const OPS = `
Task        | Done        | High    | bob   | backup               | Back up the order database every night                      | Encrypted, kept for 35 days.
Task        | In Progress | High    | bob   | backup               | Rehearse a restore from backup                              | Write down how long each step takes.
Bug         | To Do       | Highest | bob   | monitoring           | Disk alarm came four hours late                             | The threshold was on the wrong volume.
Task        | To Do       | Medium  | -     | cost                 | Delete unused volumes                                       | About 40 of them, none attached since June.
Story       | In Review   | Medium  | anna  | deploy               | Deploy without stopping the service                         | Drain, replace, check, next.
Sub-task ^5 | Done        | Medium  | anna  | deploy               | Health checks that tell ready from alive                    | Two addresses, two meanings.
Sub-task ^5 | In Progress | Medium  | anna  | deploy               | Drain connections before a restart                          | Ten seconds are enough for all but exports.
Bug         | Done        | High    | carol | dns                  | Certificate of the status page expired                      | Renewal was a calendar entry. It is a job now.
Task        | To Do       | Low     | carol | docs                 | Runbook: what to do when the queue grows                    | Start with the dashboard, end with a call.
Task        | In Progress | Medium  | -     | monitoring           | One dashboard for the people on call                        | Four graphs, no scrolling.
Bug         | To Do       | Medium  | bob   | logs                 | Logs of the importer contain customer addresses             | Redact them and delete the old ones.
Task        | Done        | Medium  | bob   | upgrade              | Move to PostgreSQL 17                                       | Rehearsed twice on a copy.
Task        | To Do       | Medium  | bob   | upgrade              | Upgrade Node.js on the workers                              | Version 20 leaves support.
Bug         | In Review   | High    | anna  | network              | Requests hang when a node is removed                        | The balancer keeps dead targets for 90 seconds.
Story       | To Do       | Low     | -     | chatops              | Ask the on-call rota in chat                                | "Who is on call?" should just work.
Task        | Done        | Lowest  | carol | cleanup              | Turn off the old build server                               | Nobody noticed for a month.
Bug         | To Do       | Medium  | carol | backup               | Backup report says 0 bytes                                  | The report reads the size too early.
Task        | In Progress | High    | bob   | security             | Rotate the access keys of the importer                      | Each key is older than a year.
Task        | To Do       | Medium  | anna  | capacity             | Plan capacity for the winter sale                           | Last year: 3 × the normal load, 20 minutes.
Bug         | Done        | Medium  | bob   | queue                | Messages are processed out of order                         | Order matters per customer only.
`;

const WEB = `
Epic        | In Progress | Medium  | carol | relaunch             | Relaunch of the public website                              | New pages, old addresses.
Story ^1    | Done        | Medium  | carol | relaunch             | Home page for the relaunch                                  | Three messages, one picture.
Story ^1    | In Progress | Medium  | carol | relaunch,content     | Price page for the relaunch                                 | Prices with and without tax.
Task ^1     | To Do       | High    | anna  | relaunch,seo         | Redirect every old address                                  | 412 addresses, listed in the sheet.
Bug         | To Do       | Medium  | carol | css                  | Footer overlaps the text at 320 pixels                      | The grid has a fixed height.
Bug         | Done        | Low     | anna  | content              | Team page shows people who have left                        | Read it from the directory.
Story       | In Review   | Medium  | bob   | a11y                 | The whole site works with the keyboard alone                | Focus is visible everywhere.
Bug         | In Progress | High    | bob   | a11y                 | Screen readers skip the price table                         | The header cells lack a scope.
Task        | To Do       | Low     | -     | seo                  | Write a description for each page                           | At most 150 characters.
Story       | To Do       | Medium  | -     | blog                 | Blog with comments                                          | Moderated, without accounts.
Bug         | To Do       | Medium  | anna  | forms                | Contact form drops the "+" of phone numbers                 | It is read as a space: + → %20.
Task        | Done        | Medium  | anna  | legal                | Imprint and privacy pages                                   | Reviewed by legal in spring.
Bug         | In Review   | Highest | bob   | forms,security       | Contact form can be sent 1000 times a minute                | Limit it per address.
Task        | To Do       | Medium  | bob   | performance          | Serve pictures in two sizes                                 | Phones load 4 MB today.
Task        | In Progress | Lowest  | carol | cleanup              | Remove unused fonts                                         | Five families, two in use.
`;

const GLX = `
Story       | In Progress | High    | anna  | robots               | Teach the warehouse robot to turn left                      | It takes three right turns today.
Bug         | To Do       | Highest | bob   | robots,login         | Robot login times out at night                              | The clock of the robot is in another century.
Task        | Done        | Medium  | anna  | safety               | Paint the safety lines again                                | Yellow, 10 cm.
Bug         | To Do       | Low     | -     | robots               | Robot greets pallets                                        | Friendly, but slow.
Task        | In Review   | Medium  | bob   | reporting            | Monthly report for globex                                   | Two pages at most.
`;

/** The projects of a sample site, by site name. */
export function seedProjects(siteName: string): Project[] {
  const [anna, bob, carol] = [sampleAccountId('anna'), sampleAccountId('bob'), sampleAccountId('carol')];
  if (siteName !== 'acme') return [{ id: '20000', key: 'GLX', name: 'Globex Robots', typeKey: 'software', lead: bob }];
  return [
    {
      ...{ id: '10000', key: 'DEMO', name: 'Demo Shop', typeKey: 'software', lead: anna },
      components: [
        { id: '10010', name: 'Accounts', description: 'Signing up, signing in, and what belongs to it.' },
        { id: '10011', name: 'Checkout', description: 'From the basket to the receipt.' },
      ],
      versions: [
        { id: '10020', name: '2026.1', released: true, archived: false, releaseDate: '2026-03-31' },
        { id: '10021', name: '2026.2', released: false, archived: false, releaseDate: '2026-12-15' },
      ],
    },
    { id: '10001', key: 'OPS', name: 'Operations', typeKey: 'business', lead: bob },
    { id: '10002', key: 'WEB', name: 'Public Website', typeKey: 'software', lead: carol },
  ];
}

/** The issues of a sample site, by site name. */
export function seedIssues(siteName: string): Issue[] {
  if (siteName !== 'acme') return readTable('GLX', GLX, 20_101, 5);
  const issues = [
    ...readTable('DEMO', DEMO, 10_101, 7),
    ...readTable('OPS', OPS, 10_201, 11),
    ...readTable('WEB', WEB, 10_301, 13),
  ];
  addDetails(issues);
  return issues;
}

function readTable(project: string, table: string, firstId: number, salt: number): Issue[] {
  const lines = table.trim().split('\n');
  return lines.map((line, index): Issue => {
    const [kind = '', status = '', priority = '', assignee = '', labels = '', summary = '', text = ''] = line
      .split('|')
      .map((cell) => cell.trim());
    const [type = '', parent] = kind.split(' ^');
    const { created, updated } = seededTimes(index, lines.length, salt);
    return {
      id: firstId + index,
      key: `${project}-${index + 1}`,
      project,
      type,
      summary,
      description: richDescription(`${project}-${index + 1}`) ?? describe(text),
      status,
      priority,
      assignee: assignee === '-' ? null : sampleAccountId(assignee),
      reporter: sampleAccountId(index % 3 === 0 ? 'bob' : 'anna'),
      labels: labels.split(','),
      parent: parent === undefined ? null : `${project}-${parent}`,
      created,
      updated: Math.min(updated, SEED_EPOCH - HOUR_MS),
    };
  });
}

function describe(text: string): AdfNode {
  return adfParagraphs(text.split(' / '));
}
