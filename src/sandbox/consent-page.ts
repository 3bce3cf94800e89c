import { SANDBOX_USERS, type SandboxUser } from './accounts.ts';
import { escapeHtml, htmlPage } from './html.ts';
import type { Reply } from './http.ts';
import { SCOPES } from './scopes.ts';

/**
 * The page where a person chooses a sample user, or refuses.
 *
 * @param parameters what the authorize URL asked for; the form carries it along to be checked again
 */
export function consentPage(clientId: string, scopes: readonly string[], parameters: URLSearchParams): Reply {
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
<form method="post" action="/authorize/decision">
${carried.join('\n')}
<h2>Accept as</h2>
${SANDBOX_USERS.map(userButton).join('\n')}
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

function userButton(user: SandboxUser): string {
  return `<button name="choice" value="${escapeHtml(user.accountId)}"><strong>${escapeHtml(user.displayName)}</strong><br>
<span class="soft">${escapeHtml(user.about)}</span></button>`;
}
