import { expect, it } from 'vitest';
import { z } from 'zod';
import { Policies } from '../../../src/access/policy.ts';
import { JIRA_ENDPOINTS } from '../../../src/atlassian/jira/endpoints.ts';
import { Cursors } from '../../../src/operations/cursors.ts';
import { RecentIssues } from '../../../src/operations/jira/issues/recent-issues.ts';
import { write } from '../../../src/operations/operation.ts';
import { runOperation } from '../../../src/operations/run/run-operation.ts';
import { OFFLINE, parts, sharedTown } from '../../connections/parts.ts';

const town = sharedTown();
const BODY = { fields: { project: { key: 'DEMO' }, issuetype: { name: 'Task' }, summary: 'Made once' } };

it('says that a change was made whose answer is not as it was declared', async () => {
  const { store, calls, audit, caller, connect } = await parts(town);
  await connect([...OFFLINE, 'write:jira-work']);
  const operation = write({
    provider: 'jira',
    name: 'jira.create',
    toolset: 'issues',
    title: 'Create',
    description: 'Creates.',
    calls: [JIRA_ENDPOINTS.createIssue],
    destructive: false,
    idempotent: false,
    input: z.strictObject({}),
    output: z.object({ key: z.string().regex(/^NOT-/) }),
    prepare: () => null,
    targets: async () => [],
    plan: async ({ client }) => client.createIssue(BODY),
    answer: ({ key }) => ({ key }),
    names: () => 'DEMO',
    made: ({ key }) => key,
  });
  const deps = {
    ...{ calls, audit, policies: new Policies(store.access), clock: town.clock.seconds },
    ...{ cursors: new Cursors(Buffer.alloc(32, 1)), recentIssues: new RecentIssues() },
    doctor: { diagnose: () => Promise.reject(new Error('nobody asks')) },
  };
  const call = { ...caller, narrowing: { readOnly: false, tools: null } };
  await expect(runOperation(deps, call, operation, {})).rejects.toMatchObject({
    code: 'INTERNAL_ERROR',
    message: expect.stringMatching(/^The change was made/),
    cause: expect.any(z.ZodError),
  });
  const listing = { tenantId: caller.tenantId, since: null, before: null, limit: 9 };
  const [record] = await audit.list(listing);
  expect(record).toMatchObject({
    operation: 'jira.create',
    outcome: 'ok',
    target: expect.stringMatching(/^DEMO-\d+$/),
  });
  expect(town.sandbox.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
});
