import { describe, expect, it } from 'vitest';
import { connectBoth } from '../support/accounts.ts';
import { type ErrorBody, sharedStage } from '../support/harness.ts';

describe('A route of one thing', () => {
  const stage = sharedStage({}, (own) => connectBoth(own));
  const get = (path: string) => stage.call<Record<string, unknown>>(path);
  const invoke = (tool: string, args: object) =>
    stage.call<Record<string, unknown>>('/connectors/tools/invoke', { body: { tool, args } });

  it.each([
    ['/connectors/jira/issues/DEMO-4', 'jira.get', { issue: 'DEMO-4' }],
    [
      '/connectors/jira/issues/demo-4?comments=1&transitions=1',
      'jira.get',
      { issue: 'DEMO-4', comments: 1, transitions: true },
    ],
    [
      '/connectors/jira/issues/10104?fields=labels&fields=status',
      'jira.get',
      { issue: '10104', fields: ['labels', 'status'] },
    ],
    [
      '/connectors/jira/projects/Demo%20Shop/create-fields?type=Bug',
      'jira.create_fields',
      { project: 'DEMO', type: 'Bug' },
    ],
    ['/connectors/confluence/pages/65601', 'confluence.get', { page: '65601' }],
  ])('%s gives what %s does', async (path, tool, args) => {
    const [byRoute, byTool] = [await get(path), await invoke(tool, { ...args, view: 'full' })];
    expect(byRoute.status).toBe(200);
    expect(byRoute.body).toEqual(byTool.body);
  });

  it('gives the people of a list as an array, page by page', async () => {
    const first = await stage.call<object[]>('/connectors/jira/users?q=a&limit=1');
    expect(first.body).toEqual([
      expect.objectContaining({ name: 'Anna Muster', email: 'anna@example.com', active: true }),
    ]);
  });

  it.each([
    ['/connectors/jira/issues/DEMO-4?issue=DEMO-5', 400, 'VALIDATION', 'issue'],
    ['/connectors/jira/issues/nothing', 400, 'VALIDATION', 'issue'],
    ['/connectors/jira/issues/DEMO-99999', 404, 'NOT_FOUND', undefined],
    ['/connectors/jira/issues/DEMO-4?commets=1', 400, 'VALIDATION', 'commets'],
    ['/connectors/confluence/pages/65601?title=Other', 400, 'VALIDATION', 'page'],
    ['/connectors/confluence/pages/99999', 404, 'NOT_FOUND', undefined],
    ['/connectors/jira/users', 400, 'VALIDATION', 'q'],
  ])('%s is refused with %i', async (path, status, code, parameter) => {
    const answer = await stage.call<ErrorBody>(path);
    expect({ status: answer.status, code: answer.body.code, parameter: answer.body.details?.parameter }).toEqual({
      ...{ status, code, parameter },
    });
  });
});
