import { expect, it } from 'vitest';
import { sharedStage } from '../../support/harness.ts';

const stage = sharedStage();

it('a person removes an application in their account, and every connection in their name ends', async () => {
  const url = `${stage.sandbox.url}/manage-profile/apps`;
  const shown = async () => (await fetch(url)).text();
  expect(await shown()).toContain('Nobody has connected an app.');
  await stage.connect('jira', { tenant: 'anna', as: 'anna' });
  await stage.connect('jira', { tenant: 'bob', as: 'bob' });
  const [, user = ''] = /value="([^"]+)">Remove access of test-app</.exec(await shown()) ?? [];
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ user }) });
  expect(new URL(answer.url).pathname).toBe('/manage-profile/apps');
  const text = await answer.text();
  expect({ anna: text.includes('Anna Muster'), bob: text.includes('Bob Example') }).toEqual({ anna: false, bob: true });
  const statusOf = async (tenant: string) => (await stage.call('/connectors/jira/search', { tenant })).status;
  expect({ anna: await statusOf('anna'), bob: await statusOf('bob') }).toEqual({ anna: 401, bob: 200 });
});
