import type { Call, Reply } from '../http/call.ts';
import { escapeHtml, htmlPage } from '../http/html.ts';
import { CONNECTED_APPS_PATH } from '../http/origins.ts';
import type { Route } from '../http/routes.ts';
import { SANDBOX_USERS } from '../world/accounts.ts';
import type { Grants } from './grants.ts';

/** The page of id.atlassian.com on which a person removes an application: "Connected apps" of the account. */
export function connectedAppsRoutes(grants: Grants): Route<Call>[] {
  return [
    { method: 'GET', path: CONNECTED_APPS_PATH, handle: () => appsPage(grants) },
    { method: 'POST', path: CONNECTED_APPS_PATH, handle: (call) => remove(grants, call) },
  ];
}

function appsPage(grants: Grants): Reply {
  const users = SANDBOX_USERS.filter(({ accountId }) => grants.appsOf(accountId).length > 0).map(
    ({ accountId, displayName }) => {
      const apps = grants.appsOf(accountId).map(escapeHtml).join(', ');
      return `<h2>${escapeHtml(displayName)}</h2>
<button name="user" value="${escapeHtml(accountId)}">Remove access of ${apps}</button>`;
    },
  );
  return htmlPage(
    200,
    'Connected apps · Sandbox Atlassian',
    `<p class="soft">Sandbox Atlassian</p>
<h1>Connected apps</h1>
<p>Whoever removes an app ends every connection that it has in their name.</p>
<form method="post" action="${CONNECTED_APPS_PATH}">
${users.length === 0 ? '<p>Nobody has connected an app.</p>' : users.join('\n')}
</form>`,
  );
}

function remove(grants: Grants, call: Call): Reply {
  const user = new URLSearchParams(call.body.toString('utf8')).get('user') ?? '';
  grants.revoke(user);
  return { status: 303, headers: { location: CONNECTED_APPS_PATH, 'cache-control': 'no-store' } };
}
