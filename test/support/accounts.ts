import { describe } from 'vitest';
import type { Provider } from '../../src/config.ts';
import { sandboxApiTokens, sandboxPats } from '../../src/sandbox/sandbox.ts';
import { type Answer, type Stage, sharedStage } from './harness.ts';

/** Every kind of account that a tenant can connect with. */
export const ACCOUNT_KINDS = ['Cloud OAuth', 'Cloud API token', 'Cloud scoped API token', 'Data Center PAT'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** Where a person opens a site of the sandbox. */
export const siteUrl = (stage: Stage, name: string): string => `${stage.sandbox.url}/site/${name}`;

/** Settings under which every kind is taken. */
export const TOKENS_ENABLED = { ENABLE_JIRA_PAT: 'true', ENABLE_CONFLUENCE_PAT: 'true' };

export interface TokenOptions {
  tenant?: string;
  /** The sample user whose token it is. */
  as?: string;
}

/** The body that connects with a sample user's token. */
export function tokenBody(
  stage: Stage,
  kind: Exclude<AccountKind, 'Cloud OAuth'>,
  provider: Provider,
  as = 'anna',
): { pat: string; email?: string; base_url: string } {
  if (kind === 'Data Center PAT') {
    return { pat: sandboxPats(as)[provider] ?? 'none', base_url: stage.sandbox.dataCenterUrl(provider) };
  }
  const { email, unscoped, scoped } = sandboxApiTokens(as);
  return { pat: kind === 'Cloud API token' ? unscoped : scoped, email, base_url: siteUrl(stage, 'acme') };
}

export function patchConnection<T = unknown>(
  stage: Stage,
  provider: Provider,
  body: unknown,
  tenant?: string,
): Promise<Answer<T>> {
  return stage.call<T>(`/connectors/${provider}/connection`, { method: 'PATCH', body, tenant });
}

/** Connects a tenant, which is that of the stage unless another is named, by an account of `kind`. */
export async function connectAs(
  stage: Stage,
  kind: AccountKind,
  provider: Provider,
  { tenant, as = 'anna' }: TokenOptions = {},
): Promise<void> {
  if (kind === 'Cloud OAuth') {
    await stage.connect(provider, { tenant, as });
    return;
  }
  const { status, body } = await patchConnection(stage, provider, tokenBody(stage, kind, provider, as), tenant);
  if (status !== 200) throw new Error(`not connected: ${status} ${JSON.stringify(body)}`);
}

/** From the test clock's start to a month after the newest sample item. */
const PAST_SAMPLES_SECONDS = 154 * 86_400;

interface BothOptions {
  kind?: AccountKind;
  tenant?: string;
}

/** Connects both products as Anna, at a time when everything newly made is newer than the sample data. */
export async function connectBoth(stage: Stage, { kind = 'Cloud OAuth', tenant }: BothOptions = {}): Promise<void> {
  const options = tenant === undefined ? {} : { tenant };
  stage.clock.advance(PAST_SAMPLES_SECONDS);
  await connectAs(stage, kind, 'jira', options);
  await connectAs(stage, kind, 'confluence', options);
  stage.sandbox.clearRequests();
}

/** One kind of account: how it is asked, as `sent` tells it, and how it names things. */
export interface Account {
  kind: AccountKind;
  isCloud: boolean;
  calls: Record<
    | 'projects'
    | 'projectPicker'
    | 'issue'
    | 'issueSearch'
    | 'issuePicker'
    | 'issueCreate'
    | 'contentSearch'
    | 'spaces'
    | 'pageCreate',
    string
  >;
  anna: string;
  bob: string;
  /** A reference to a person in a field of an issue. */
  person: (id: string) => Record<string, string>;
  /** What links to the provider's site begin with. */
  baseUrl: (stage: Stage, provider: Provider) => string;
  /**
   * The rows of a table that this kind takes. Data Center takes all; the kinds of Cloud share them, as they differ by
   * address and credentials alone, whatever is asked. For tables that are about what is asked.
   */
  share: <const Row>(rows: readonly Row[]) => Row[];
  /** The stage on which the tenant `default` is connected to both products. */
  stage: Stage;
}

const CLOUD = {
  isCloud: true,
  calls: {
    projects: 'GET /rest/api/3/project/search',
    projectPicker: 'GET /rest/api/3/project/search',
    issue: 'GET /rest/api/3/issue',
    issueSearch: 'POST /rest/api/3/search/jql',
    issuePicker: 'GET /rest/api/3/issue/picker',
    issueCreate: 'POST /rest/api/3/issue',
    contentSearch: 'GET /wiki/rest/api/search',
    spaces: 'GET /wiki/api/v2/spaces',
    pageCreate: 'POST /wiki/api/v2/pages',
  },
  anna: '5f1a90c27d3be40068a1c2d1',
  bob: '5f1a90c27d3be40068a1c2d2',
  person: (accountId: string) => ({ accountId }),
  baseUrl: (stage: Stage) => siteUrl(stage, 'acme'),
};

const DATA_CENTER = {
  isCloud: false,
  calls: {
    projects: 'GET /rest/api/2/project',
    projectPicker: 'GET /rest/api/2/projects/picker',
    issue: 'GET /rest/api/2/issue',
    issueSearch: 'POST /rest/api/2/search',
    issuePicker: 'GET /rest/api/2/issue/picker',
    issueCreate: 'POST /rest/api/2/issue',
    contentSearch: 'GET /rest/api/content/search',
    spaces: 'GET /rest/api/space',
    pageCreate: 'POST /rest/api/content',
  },
  anna: 'anna',
  bob: 'bob',
  person: (name: string) => ({ name }),
  baseUrl: (stage: Stage, provider: Provider) => stage.sandbox.dataCenterUrl(provider),
};

/** One kind for each deployment: enough where nothing depends on the address or the credentials. */
export const DEPLOYMENT_KINDS: readonly AccountKind[] = ['Cloud scoped API token', 'Data Center PAT'];

/** Declares the same tests for every kind of account, each with a stage of its own. */
export function describeAccounts(
  subject: string,
  define: (account: Account) => void,
  kinds: readonly AccountKind[] = ACCOUNT_KINDS,
  env: Record<string, string> = {},
): void {
  describe.each(kinds)(`${subject} by %s`, (kind) => {
    const stage = sharedStage({ env: { ...TOKENS_ENABLED, ...env } }, (own) => connectBoth(own, { kind }));
    const clouds = kinds.filter((one) => one !== 'Data Center PAT');
    const share: Account['share'] = (rows) =>
      kind === 'Data Center PAT' ? [...rows] : rows.filter((_, index) => clouds[index % clouds.length] === kind);
    define({ kind, stage, share, ...(kind === 'Data Center PAT' ? DATA_CENTER : CLOUD) });
  });
}
