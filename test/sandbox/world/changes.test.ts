import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { ACME, Bench, type Json, jira, wiki } from '../harness.ts';

let bench: Bench;
let token: string;
beforeEach(async () => {
  bench = await Bench.start();
  token = (await bench.connect('anna')).access_token;
});
afterEach(() => bench.sandbox.close());

const SECRET = {
  key: 'SECRET',
  name: 'Secret plans',
  issues: [{ summary: 'The login of the vault', description: 'Tell nobody.' }, { summary: 'A second plan' }],
};
const VAULT = {
  key: 'VAULT',
  name: 'Vault',
  pages: [
    { title: 'Vault', body: 'The home of secrets.' },
    { title: 'Onboarding of guards', body: 'Ask for a login.' },
  ],
};

describe.each(['acme', 'data-center'])('On %s', (site) => {
  const onCloud = site === 'acme';
  const asked = onCloud ? jira : (path: string) => `/dc/jira/rest/api/2${path}`;
  const auth = (product: 'jira' | 'confluence' = 'jira') => (onCloud ? token : String(sandboxPats('anna')[product]));
  const get = (path: string) => bench.get(asked(path), auth());
  const search = async (jql: string): Promise<Json> => {
    const { status, body } = await bench.post(asked(onCloud ? '/search/jql' : '/search'), auth(), {
      jql,
      fields: ['project'],
    });
    return status === 200 ? body.issues.map(({ key }: Json) => key) : { status, messages: body.errorMessages };
  };

  it('an added project has the next ids, and its issues are found', async () => {
    bench.sandbox.addProject(site, SECRET);
    expect((await get('/project/SECRET')).body).toMatchObject({ id: '10003', key: 'SECRET', name: 'Secret plans' });
    expect((await get('/issue/SECRET-1')).body).toMatchObject({ id: '10316', fields: { project: { key: 'SECRET' } } });
    expect(await search('project = SECRET and text ~ login')).toEqual(['SECRET-1']);
    expect(await search('project = SECRET and description ~ nobody')).toEqual(['SECRET-1']);
    expect(() => bench.sandbox.addProject(site, SECRET)).toThrow("'SECRET' is taken");
  });

  it('refuses JQL that names a project that is not there, alone or in a list', async () => {
    const messages = ["The value 'SECRET' does not exist for the field 'project'."];
    expect(await search('project = SECRET')).toEqual({ status: 400, messages });
    expect(await search('project in (DEMO, SECRET)')).toEqual({ status: 400, messages });
  });

  it('a project is found by id and by its key as it is written, and nothing else', async () => {
    expect((await get('/project/10000')).body).toMatchObject({ id: '10000', key: 'DEMO', lead: expect.anything() });
    expect((await get('/project/NOWHERE')).body.errorMessages).toEqual([
      "No project could be found with key 'NOWHERE'.",
    ]);
    expect((await get('/project/demo')).status).toBe(404);
    expect((await get('/project/DEMO?nonsense=1')).status).toBe(400);
  });

  it('a moved issue answers to its former key, and its number is not given again', async () => {
    bench.sandbox.addProject(site, SECRET);
    expect(bench.sandbox.moveIssue(site, 'DEMO-30', 'SECRET')).toBe('SECRET-3');
    expect((await get('/issue/demo-30?fields=project')).body).toMatchObject({
      key: 'SECRET-3',
      fields: { project: { key: 'SECRET' } },
    });
    expect(await search('key = DEMO-30')).toEqual(['SECRET-3']);
    const fields = { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'The next one' };
    expect((await bench.post(asked('/issue'), auth(), { fields })).body.key).toBe('DEMO-31');
    expect(() => bench.sandbox.moveIssue(site, 'DEMO-1', 'NOWHERE')).toThrow("no project 'NOWHERE'");
  });

  it('children of a moved issue know it by its new key', async () => {
    expect(bench.sandbox.moveIssue(site, 'DEMO-1', 'WEB')).toBe('WEB-16');
    expect((await get('/issue/DEMO-2')).body).toMatchObject({ key: 'DEMO-2', fields: { parent: { key: 'WEB-16' } } });
  });

  it('a renamed project answers to its former key with the present one', async () => {
    bench.sandbox.renameProject(site, 'OPS', 'OPERATE');
    expect((await get('/project/OPS')).body).toMatchObject({ id: '10001', key: 'OPERATE' });
    expect((await get('/issue/OPS-1?fields=project')).body).toMatchObject({
      key: 'OPERATE-1',
      fields: { project: { key: 'OPERATE' } },
    });
    expect(await search('project = ops and key = OPS-1')).toEqual(['OPERATE-1']);
    expect(() => bench.sandbox.renameProject(site, 'DEMO', 'OPS')).toThrow("'OPS' is taken");
  });

  it('a page moves to another space with those below it', async () => {
    bench.sandbox.addSpace(site, VAULT);
    bench.sandbox.movePage(site, '65605', 'VAULT');
    const places = ['65605', '65609', '65602'].map(async (id) => {
      if (onCloud) return (await bench.get(wiki(`/api/v2/pages/${id}`), token)).body.spaceId;
      return (await bench.get(`/dc/confluence/rest/api/content/${id}?expand=space`, auth('confluence'))).body.space.key;
    });
    expect(await Promise.all(places)).toEqual(onCloud ? ['32771', '32771', '32769'] : ['VAULT', 'VAULT', 'ENG']);
    expect(() => bench.sandbox.movePage(site, '65601', 'VAULT')).toThrow('home page');
  });
});

describe('On Cloud', () => {
  it('a space is found by id, and needs its scope', async () => {
    bench.sandbox.addSpace(ACME.cloudId, VAULT);
    expect((await bench.get(wiki('/api/v2/spaces/32771'), token)).body).toMatchObject({
      id: '32771',
      key: 'VAULT',
      homepageId: '65816',
      _links: { base: `${bench.base}/site/acme/wiki` },
    });
    expect((await bench.get(wiki('/api/v2/spaces/1'), token)).status).toBe(404);
    expect((await bench.get(wiki('/api/v2/spaces/VAULT'), token)).status).toBe(400);
    const { access_token } = await bench.connect('bob', 'read:page:confluence');
    expect((await bench.get(wiki('/api/v2/spaces/32769'), access_token)).status).toBe(401);
    expect((await bench.get(jira('/project/DEMO'), access_token)).status).not.toBe(200);
  });

  it('takes 50 project keys, 250 space keys, and no more', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `K${index}`);
    const projects = (count: number) =>
      bench.get(
        jira(
          `/project/search?${many(count)
            .map((key) => `keys=${key}`)
            .join('&')}`,
        ),
        token,
      );
    const spaces = (count: number) => bench.get(wiki(`/api/v2/spaces?keys=${many(count).join(',')}`), token);
    expect({ projects50: (await projects(50)).status, projects51: (await projects(51)).status }).toEqual({
      projects50: 200,
      projects51: 400,
    });
    expect({ spaces250: (await spaces(250)).status, spaces251: (await spaces(251)).status }).toEqual({
      spaces250: 200,
      spaces251: 400,
    });
  });

  it('refuses to change a site that is not there', () => {
    expect(() => bench.sandbox.addSpace('nowhere', VAULT)).toThrow("no site 'nowhere'");
  });
});
