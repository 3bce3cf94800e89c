import { expect, it } from 'vitest';
import { z } from 'zod';
import { Policies } from '../../../src/access/policy.ts';
import { JIRA_ENDPOINTS } from '../../../src/atlassian/jira/endpoints.ts';
import { Cursors } from '../../../src/operations/cursors.ts';
import { RecentIssues } from '../../../src/operations/jira/issues/recent-issues.ts';
import { type Call, type OperationDeps, read, write } from '../../../src/operations/operation.ts';
import { runOperation } from '../../../src/operations/run/run-operation.ts';
import { OFFLINE, parts, sharedTown } from '../../connections/parts.ts';

const town = sharedTown();
const BODY = { fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Made once' } };
const declared = {
  ...{ provider: 'jira' as const, toolset: 'issues' as const, title: 'x', description: 'x' },
  ...{ calls: [JIRA_ENDPOINTS.createIssue], input: z.strictObject({}) },
};

async function connected() {
  const own = await parts(town);
  await own.connect([...OFFLINE, 'write:jira-work']);
  const { store, calls, audit, caller } = own;
  const deps: OperationDeps = {
    ...{ calls, audit, policies: new Policies(store.access), clock: town.clock.seconds },
    ...{ cursors: new Cursors(Buffer.alloc(32, 1)), recentIssues: new RecentIssues() },
    doctor: { diagnose: () => Promise.reject(new Error('nobody asks')) },
  };
  const call: Call = { ...caller, narrowing: { readOnly: false, tools: null } };
  const moveAway = async () => {
    const key = { tenantId: caller.tenantId, provider: 'jira' as const };
    const entry = await store.readConnection(key);
    if (!entry) throw new Error('not connected');
    const site = { ...entry.connection.site, id: 'elsewhere' };
    await store.updateConnection(key, entry.connection, { site, sites: [...entry.connection.sites, site] });
  };
  return { deps, call, moveAway };
}

it('a write is not sent to another site than it was planned for', async () => {
  const { deps, call, moveAway } = await connected();
  const operation = write({
    ...declared,
    ...{ name: 'jira.create', destructive: false, idempotent: false, output: z.object({ key: z.string() }) },
    prepare: () => null,
    targets: async () => [],
    plan: async ({ client }) => {
      await moveAway();
      return client.createIssue(BODY);
    },
    answer: ({ key }) => ({ key }),
    names: () => 'DEMO',
    made: ({ key }) => key,
  });
  town.sandbox.clearRequests();
  await expect(runOperation(deps, call, operation, {})).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'The connection was moved to another site meanwhile. Try again.',
  });
  expect(town.sandbox.requests.filter(({ method }) => method === 'POST')).toEqual([]);
});

it('a read whose answer is not as it was declared is a fault of the service, and changed nothing', async () => {
  const { deps, call } = await connected();
  const operation = read({
    ...declared,
    ...{ name: 'jira.get', output: z.object({ key: z.string().regex(/^NOT-/) }) },
    subject: { parameter: 'issue', container: () => null },
    run: async () => ({ key: 'DEMO-1' }),
    within: () => 'DEMO',
    present: (found) => found,
  });
  await expect(runOperation(deps, call, operation, {})).rejects.toBeInstanceOf(z.ZodError);
});
