import { sampleAccountId } from './accounts.ts';
import type { Board, SavedFilter, Site, Sprint } from './records.ts';
import { HOUR_MS, SEED_EPOCH } from './seed-time.ts';

const DAY_MS = 24 * HOUR_MS;

/** The boards, sprints and saved searches of a sample site, by site name. */
export function seedBoards(siteName: string): Pick<Site, 'boards' | 'sprints' | 'filters'> {
  const [anna, bob, carol] = [sampleAccountId('anna'), sampleAccountId('bob'), sampleAccountId('carol')];
  if (siteName !== 'acme') {
    return { boards: [{ id: 11, name: 'Robots', type: 'scrum', projects: ['20000'] }], sprints: [], filters: [] };
  }
  const boards: Board[] = [
    { id: 1, name: 'Demo Shop', type: 'scrum', projects: ['10000'] },
    { id: 2, name: 'Website', type: 'kanban', projects: ['10002'] },
    { id: 3, name: 'Shop and website', type: 'scrum', projects: ['10000', '10002'], owner: anna },
    { id: 4, name: 'Operations', type: 'simple', projects: ['10001'] },
    { id: 5, name: "Bob's shop", type: 'kanban', projects: ['10000'], owner: bob },
  ];
  const sprints: Sprint[] = [
    {
      ...{ id: 1, board: 1, name: 'Shop sprint 1', state: 'closed', goal: 'Anybody can sign up' },
      ...{ start: SEED_EPOCH - 28 * DAY_MS, end: SEED_EPOCH - 14 * DAY_MS, completed: SEED_EPOCH - 14 * DAY_MS },
      issues: [10_102, 10_106, 10_108],
    },
    {
      ...{ id: 2, board: 1, name: 'Shop sprint 2', state: 'active', goal: 'Sign-in & payments work on every browser' },
      ...{ start: SEED_EPOCH - 7 * DAY_MS, end: SEED_EPOCH + 7 * DAY_MS },
      issues: [10_103, 10_104, 10_110, 10_115, 10_116],
    },
    { id: 3, board: 1, name: 'Shop sprint 3', state: 'future', goal: '', issues: [10_105, 10_107] },
    {
      ...{ id: 4, board: 3, name: 'Launch together', state: 'active', goal: 'Export and prices go live on one day' },
      ...{ start: SEED_EPOCH - 3 * DAY_MS, end: SEED_EPOCH + 11 * DAY_MS },
      issues: [10_112, 10_303],
    },
  ];
  const filters: SavedFilter[] = [
    {
      ...{ id: '10000', name: 'Open login bugs', description: 'What keeps people from signing in.' },
      jql: 'project = DEMO AND issuetype = Bug AND labels = login AND statusCategory != Done ORDER BY priority DESC',
      ...{ owner: anna, favouriteOf: [anna, bob] },
    },
    {
      ...{ id: '10001', name: 'My open issues', description: '' },
      jql: 'assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC',
      ...{ owner: bob, favouriteOf: [bob, anna] },
    },
    {
      ...{ id: '10002', name: 'Website bugs', description: 'For the weekly round.' },
      ...{ jql: 'project = WEB AND issuetype = Bug', owner: carol, favouriteOf: [carol] },
    },
  ];
  return { boards, sprints, filters };
}
