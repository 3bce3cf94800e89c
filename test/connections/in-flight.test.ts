import { expect, it, onTestFinished } from 'vitest';
import { Hosts } from '../../src/atlassian/wire/hosts.ts';
import { Transport } from '../../src/atlassian/wire/transport.ts';
import { ClientFactory } from '../../src/connections/clients.ts';
import { silentContext } from '../support/context.ts';
import { HeldServer } from '../support/held-server.ts';

it.each([
  { name: 'Cloud, by the gateway', auth: 'oauth', api: 'gateway', places: 256 },
  { name: 'Cloud, by the site', auth: 'api_token', api: 'site', places: 256 },
  { name: 'a server of its own', auth: 'pat', api: 'data_center', places: 64 },
] as const)('a tenant has $places calls on their way to $name', async ({ auth, api, places }) => {
  const held = await HeldServer.start();
  const { url } = held;
  const transport = new Transport({ hosts: new Hosts({ trusted: [url], allowed: [url] }) });
  onTestFinished(() => transport.close());
  const site = { id: 'acme', name: 'acme', url };
  const target = { tenantId: 'default', provider: 'jira', clientId: null, auth, api, site } as const;
  const jira = new ClientFactory(transport, url).open(target, 'secret', silentContext());
  const calls = Array.from({ length: places + 20 }, () => jira.myself());
  await held.until(places);
  // Whatever came beyond that would have come with the rest.
  const before = held.requests.length;
  for (let nth = 0; nth < places + 20; nth++) {
    await held.until(nth + 1);
    held.answer(nth, { accountId: 'anna', name: 'anna', displayName: 'Anna' });
  }
  expect({ before, answered: (await Promise.all(calls)).length }).toEqual({ before: places, answered: places + 20 });
});
