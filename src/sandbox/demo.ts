import { join } from 'node:path';
import { loadConfig, readEnvironment } from '../config.ts';
import { createLogger } from '../logging.ts';
import { createService } from '../service.ts';
import { runUntilSignal } from '../signals.ts';
import { Sandbox } from './sandbox.ts';

const FOLDER = join('data', 'demo');
const APP = { clientId: 'demo-app', clientSecret: 'demo-secret' };

/** Runs the service against the sandbox: no configuration, no Atlassian account. Keeps its state in `data/demo`. */
async function demo(): Promise<void> {
  // `.env` is for the real thing: nothing of it may reach the demo, nor the demo anything of it.
  const { PORT, SANDBOX_PORT, LOG_LEVEL = 'warn' } = readEnvironment({ dotenv: false });
  const { port, sandboxPort, logLevel } = loadConfig({ PORT, SANDBOX_PORT, LOG_LEVEL });
  const serviceUrl = `http://localhost:${port}`;
  const sandboxUrl = `http://localhost:${sandboxPort}`;
  const redirectUri = `${serviceUrl}/api/oauth/atlassian/callback`;

  const sandbox = new Sandbox({
    apps: [{ ...APP, redirectUri }],
    dataDir: FOLDER,
    publicUrl: sandboxUrl,
  });
  await sandbox.listen(sandboxPort);

  const config = loadConfig({
    PORT: String(port),
    LOG_LEVEL: logLevel,
    PUBLIC_BASE_URL: serviceUrl,
    ATLASSIAN_CLIENT_ID: APP.clientId,
    ATLASSIAN_CLIENT_SECRET: APP.clientSecret,
    ATLASSIAN_REDIRECT_URI: redirectUri,
    ATLASSIAN_AUTH_BASE_URL: sandboxUrl,
    ATLASSIAN_API_BASE_URL: sandboxUrl,
    DATABASE_URL: `file:${join(FOLDER, 'integration.db')}`,
  });
  const log = createLogger(config.logLevel);
  const service = await createService(config, { log });
  await service.listen();
  process.stdout.write(`${instructions(serviceUrl, sandboxUrl)}\n`);
  runUntilSignal(log, async () => {
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

Connections and what you create are kept in ${FOLDER}; delete that folder to start over. Stop with Ctrl+C.`;
}

demo().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
