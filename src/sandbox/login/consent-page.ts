import type { Reply } from '../http/call.ts';
import { escapeHtml, htmlPage } from '../http/html.ts';
import { DECISION_PATH } from '../http/origins.ts';
import { SANDBOX_USERS, type SandboxUser } from '../world/accounts.ts';
import type { World } from '../world/world.ts';
import { SCOPES } from './scopes.ts';

/** What a press of the consent page's button says: who gives access, and to which one site unless to all. */
export interface Choice {
  userId: string;
  cloudId?: string;
}

/** @returns the button's value */
export function writeChoice({ userId, cloudId }: Choice): string {
  return cloudId === undefined ? userId : `${userId}/${cloudId}`;
}

export function readChoice(value: string): Choice {
  const slash = value.indexOf('/');
  return slash === -1 ? { userId: value } : { userId: value.slice(0, slash), cloudId: value.slice(slash + 1) };
}

/**
 * The page where a person chooses a sample user, and one site where the user reaches several, or refuses.
 *
 * @param parameters what the authorize URL asked for; the form carries it along to be checked again
 */
export function consentPage(
  world: World,
  clientId: string,
  scopes: readonly string[],
  parameters: URLSearchParams,
): Reply {
  const carried = [...parameters].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const asked = scopes.map(
    (scope) => `<li>${escapeHtml(SCOPES.get(scope)?.words ?? scope)} <code>${escapeHtml(scope)}</code></li>`,
  );
  return htmlPage(
    200,
    'Allow access? · Sandbox Atlassian',
    `<p class="soft">Sandbox Atlassian</p>
<h1>Allow <em>${escapeHtml(clientId)}</em> to use Atlassian for you?</h1>
<p>It asks to:</p>
<ul>
${asked.join('\n')}
</ul>
<form method="post" action="${DECISION_PATH}">
${carried.join('\n')}
<h2>Accept as</h2>
${SANDBOX_USERS.map((user) => userButtons(world, user)).join('\n')}
<button class="deny" name="choice" value="deny">Deny</button>
</form>
<p class="soft">Afterwards you go back to ${escapeHtml(parameters.get('redirect_uri') ?? '')}</p>`,
  );
}

/** What a person sees where a redirect would not be safe, or would hide a mistake of the application's. */
export function consentErrorPage(message: string): Reply {
  return htmlPage(
    400,
    'Something is wrong · Sandbox Atlassian',
    `<p class="soft">Sandbox Atlassian</p>
<h1>This application sent you here with a faulty request</h1>
<p>${escapeHtml(message)}</p>`,
  );
}

function userButtons(world: World, user: SandboxUser): string {
  const userId = user.accountId;
  const sites = world.sitesOf(user);
  const oneSite =
    sites.length < 2 ? [] : sites.map(({ cloudId, name }) => button({ userId, cloudId }, `Only ${escapeHtml(name)}`));
  const about = `<strong>${escapeHtml(user.displayName)}</strong><br>
<span class="soft">${escapeHtml(user.about)}</span>`;
  return [button({ userId }, about), ...oneSite].join('\n');
}

/** @param label HTML */
function button(choice: Choice, label: string): string {
  const kind = choice.cloudId === undefined ? '' : ' class="site"';
  return `<button${kind} name="choice" value="${escapeHtml(writeChoice(choice))}">${label}</button>`;
}
