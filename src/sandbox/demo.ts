import { join } from 'node:path';
import { loadConfig, readEnvironment } from '../config.ts';
import { listenProblem } from '../listening.ts';
import { openLog } from '../logging.ts';
import { createService } from '../service.ts';
import { Settings } from '../settings.ts';
import { endOnUnhandled, runUntilSignal, starting } from '../signals.ts';
import { everyScope } from '../tools/descriptor.ts';
import { Sandbox, sandboxApiTokens, sandboxPats } from './sandbox.ts';

const FOLDER = join('data', 'demo');
const APP = { clientId: 'demo-app', clientSecret: 'demo-secret' };

/** What the demo decides by itself: the stand-in's app and addresses, and where its own data lies. */
const OWN_SETTINGS = new Set([
  ...['ATLASSIAN', 'JIRA_OAUTH', 'CONFLUENCE_OAUTH'].flatMap((app) => [`${app}_CLIENT_ID`, `${app}_CLIENT_SECRET`]),
  ...['ATLASSIAN_REDIRECT_URI', 'JIRA_REDIRECT_URI', 'CONFLUENCE_OAUTH_REDIRECT_URI', 'ATLASSIAN_CLOUD_BASE_URL'],
  ...['ATLASSIAN_AUTH_BASE_URL', 'ATLASSIAN_API_BASE_URL', 'ALLOWED_BASE_URLS', 'PUBLIC_BASE_URL', 'HOST'],
  ...['DATABASE_URL', 'TOKEN_ENCRYPTION_KEYS', 'STATE_SIGNING_SECRET', 'APP_SECRET_KEY', 'SECRET_KEY'],
]);
const isOwn = (name: string): boolean => OWN_SETTINGS.has(name.replace(/^NEXT_PUBLIC_/, ''));
/** Everything the demo calls is on this machine. */
const PROXIES = /^https?_proxy$/i;

/**
 * Runs the service against the sandbox: no configuration, no Atlassian account. Keeps its state in `data/demo`. `.env` is
 * for the real thing, so nothing of it reaches the demo; what is set for the demo itself does.
 */
async function demo(): Promise<void> {
  const set = Object.entries(readEnvironment({ dotenv: false })).filter(([name]) => !PROXIES.test(name));
  const env = Object.fromEntries(set.filter(([name]) => !isOwn(name)));
  const passedOver = set.filter(([name, value]) => isOwn(name) && value?.trim()).map(([name]) => name);
  const ports = new Settings(env);
  const port = ports.integer('PORT', 3001, 0, 65_535);
  const sandboxPort = ports.integer('SANDBOX_PORT', 3002, 0, 65_535);
  const serviceUrl = `http://localhost:${port}`;
  const sandboxUrl = `http://localhost:${sandboxPort}`;
  const redirectUri = `${serviceUrl}/api/oauth/atlassian/callback`;

  const config = loadConfig(
    {
      LOG_LEVEL: 'warn',
      ENABLE_JIRA_PAT: 'true',
      ENABLE_CONFLUENCE_PAT: 'true',
      // Everything can be tried; the default asks for what most need.
      JIRA_SCOPES: [...everyScope('jira'), 'offline_access'].join(' '),
      CONFLUENCE_SCOPES: [...everyScope('confluence'), 'offline_access'].join(' '),
      ...env,
      PUBLIC_BASE_URL: serviceUrl,
      ATLASSIAN_CLIENT_ID: APP.clientId,
      ATLASSIAN_CLIENT_SECRET: APP.clientSecret,
      ATLASSIAN_REDIRECT_URI: redirectUri,
      ATLASSIAN_AUTH_BASE_URL: sandboxUrl,
      ATLASSIAN_API_BASE_URL: sandboxUrl,
      ALLOWED_BASE_URLS: sandboxUrl,
      DATABASE_URL: `file:${join(FOLDER, 'integration.db')}`,
    },
    ports.problems,
  );
  const sandbox = new Sandbox({
    apps: [{ ...APP, redirectUri }],
    dataDir: FOLDER,
    publicUrl: sandboxUrl,
  });
  await sandbox.listen(sandboxPort).catch((error: unknown) => {
    throw listenProblem(error, { host: '127.0.0.1', port: sandboxPort, portSetting: 'SANDBOX_PORT' });
  });

  const processLog = openLog(config.logLevel);
  const { log, output } = processLog;
  endOnUnhandled(processLog);
  const service = await starting(processLog, async () => {
    const made = await createService(config, { log, logState: () => output.state });
    await made.listen();
    return made;
  });
  if (passedOver.length > 0) {
    process.stdout.write(`\nIgnored, since the demo uses its own: ${passedOver.sort().join(', ')}.\n`);
  }
  process.stdout.write(`${instructions(serviceUrl, sandboxUrl)}\n`);
  runUntilSignal(processLog, async () => {
    await service.stop();
    await sandbox.close();
  });
}

function instructions(serviceUrl: string, sandboxUrl: string): string {
  return `
The service runs on ${serviceUrl}, with a stand-in Atlassian on ${sandboxUrl}.

1. Open ${serviceUrl}/connect and connect Jira and Confluence as one of the sample users.
2. Read and try the API on ${serviceUrl}/docs.
3. Or paste these once connected:

   curl -s "${serviceUrl}/connectors/jira/search?q=login"

   curl -s "${serviceUrl}/connectors/confluence/search?q=onboarding&limit=3"

   curl -s -X POST ${serviceUrl}/connectors/jira/create -H 'Content-Type: application/json' -d '{"project":"DEMO","summary":"Created by curl","description":"With **Markdown**."}'

4. Choose one site of several: on the consent page, on ${serviceUrl}/connect, or with

   curl -s -X PATCH ${serviceUrl}/connectors/jira/connection -H 'Content-Type: application/json' -d '{"base_url":"${sandboxUrl}/site/globex"}'

5. End a connection as a person does at Atlassian, and see what becomes of it here: ${sandboxUrl}/manage-profile/apps

6. Connect other tenants without OAuth, and ask them the same things:
${tokenExamples(serviceUrl, sandboxUrl)}
   curl -s "${serviceUrl}/connectors/jira/search?q=login" -H 'X-Tenant-Id: on-premises'

7. Let only callers with a key in, from now on: make one, and send it along.

   DATABASE_URL=file:${join(FOLDER, 'integration.db')} npm run --silent keys -- create --tenant '*' --role admin

   curl -s ${serviceUrl}/audit -H "X-Api-Key: <the key>"

Connections and what you create are kept in ${FOLDER}; delete that folder to start over. Stop with Ctrl+C.`;
}

/** One call per kind of token, each for a tenant of its own. */
function tokenExamples(serviceUrl: string, sandboxUrl: string): string {
  const { email, unscoped, scoped } = sandboxApiTokens('anna');
  const pats = sandboxPats('anna');
  const site = `${sandboxUrl}/site/acme`;
  const examples = [
    ['Jira Data Center', 'jira', 'on-premises', { pat: pats.jira, base_url: `${sandboxUrl}/dc/jira` }],
    [
      'Confluence Data Center',
      'confluence',
      'on-premises',
      { pat: pats.confluence, base_url: `${sandboxUrl}/dc/confluence` },
    ],
    ['Cloud, API token', 'jira', 'api-token', { pat: unscoped, email, base_url: site }],
    ['Cloud, scoped API token', 'confluence', 'scoped-token', { pat: scoped, email, base_url: site }],
  ] as const;
  return examples
    .map(
      ([title, provider, tenant, body]) => `
   # ${title}
   curl -s -X PATCH ${serviceUrl}/connectors/${provider}/connection -H 'X-Tenant-Id: ${tenant}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'
`,
    )
    .join('');
}

demo().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
