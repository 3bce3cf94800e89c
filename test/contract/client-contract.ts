import { beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/atlassian/wire/endpoint.ts';
import type { Provider } from '../../src/config.ts';
import type { Clients } from '../../src/connections/clients.ts';
import { sandboxPats } from '../../src/sandbox/sandbox.ts';
import { CASES } from '../operations/cases/all.ts';
import { connectAs, TOKENS_ENABLED } from '../support/accounts.ts';
import { accessToken, openClient } from '../support/clients.ts';
import { type Answer, type Stage, sharedStage } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';
import { Contract, HAS_SPECS, type Product, type Sent } from './openapi.ts';

export interface ClientContract<P extends Provider> {
  provider: P;
  /** Default: Cloud, connected by OAuth. */
  dataCenter?: boolean;
  /** All that the client may send; those of the deployment are expected. */
  endpoints: Record<string, Endpoint>;
  /**
   * The members that a body has when every option is used, those of an object within as `outer.inner`: by the endpoint's
   * name, none where it is not named.
   */
  bodies: Record<string, string[]>;
  /** Puts into the sandbox what its sample data lacks. */
  prepare?: (stage: Stage) => void;
  /** Makes the service send all of it, and the client what no operation sends with every option. */
  drive: (service: Driver, client: Clients[P]) => Promise<void>;
}

/** Declares the tests that hold what a client really sends against Atlassian's OpenAPI documents. */
export function describeContract<P extends Provider>(declared: ClientContract<P>): void {
  const { provider, endpoints, bodies, drive, dataCenter = false } = declared;
  const product = dataCenter ? (`${provider}_data_center` as Product) : provider;
  const expected = Object.entries(endpoints).flatMap(([name, { method, path, scopes, granular, query, answer }]) => {
    const own = path[dataCenter ? 'data_center' : 'cloud'];
    return own === undefined
      ? []
      : [{ operation: `${method} ${own}`, scopes, granular, query, answer, body: bodies[name] ?? [] }];
  });

  describe.skipIf(!HAS_SPECS)(`Atlassian's OpenAPI documents of ${product}`, () => {
    // The lag makes the service send along what it has just created.
    const stage = sharedStage({
      env: { ...TOKENS_ENABLED, ...ALL_SCOPES },
      sandbox: { indexLagSeconds: 30 },
    });
    let contract: Contract;
    let driver: Driver;
    let sent: Sent[] = [];
    /** What was looked for in vain: nothing is told of it. */
    let missed = new Set<Sent>();
    const sentAs = (operation: string) => sent.filter((request) => contract.nameOf(request) === operation);

    beforeAll(async () => {
      contract = new Contract(product);
      const kind = dataCenter ? 'Data Center PAT' : 'Cloud OAuth';
      await connectAs(stage, kind, provider);
      driver = new Driver(stage);
      declared.prepare?.(stage);
      await drive(driver, await openClient(stage, kind, provider));
      for (const [tool, { good }] of CASES) {
        if (!tool.startsWith(`${provider}.`)) continue;
        await driver.tool(tool, typeof good === 'function' ? good(3_000) : good);
      }
      // Finding out what answers at a base URL is no client's call.
      const probes = /tenant_info$|serverInfo$/;
      sent = stage.sandbox.requests.filter(
        ({ path }) => path.startsWith(dataCenter ? '/dc/' : '/ex/') && !probes.test(path),
      );
      missed = new Set(stage.sandbox.requests.filter(({ status }) => status === 404));
    });

    it('are kept by calls to the service that all succeed', () => {
      expect(driver.failures).toEqual([]);
    });

    it('see every endpoint sent, and no other', () => {
      const seen = new Set(sent.map((request) => contract.nameOf(request)));
      expect([...seen].sort()).toEqual(expected.map(({ operation }) => operation).sort());
    });

    describe.each(expected)('$operation', ({ operation, scopes, granular, query, answer: kind, body }) => {
      it('is sent as documented', () => {
        const requests = sentAs(operation);
        expect(requests.length).toBeGreaterThan(0);
        for (const request of requests) {
          expect(contract.complaintsAbout(request), JSON.stringify(request)).toEqual([]);
        }
      });

      it('is sent with every option, and nothing else', () => {
        const requests = sentAs(operation);
        expect(names(requests.map((request) => request.query))).toEqual(query.toSorted());
        expect(names(requests.map((request) => membersOf(request.body)))).toEqual(body.toSorted());
      });

      // Tokens of Data Center have no scopes.
      if (!dataCenter) {
        it('needs the scopes that it is declared with, or its granular ones, and no other', () => {
          const [sets] = sentAs(operation).map((request) => contract.scopesOf(request));
          const declared = [scopes, ...(granular.length === 0 ? [] : [granular])].map((set) => set.toSorted());
          expect(sets?.map((set) => set.toSorted())).toEqual(declared);
        });
      }

      it('is answered by the sandbox as documented', async () => {
        const requests = sentAs(operation).filter((request) => !missed.has(request));
        expect(requests.length).toBeGreaterThan(0);
        const token = dataCenter ? String(sandboxPats('anna').jira) : await accessToken(stage, provider);
        for (const request of requests) {
          const { status, body: answer } = await sendAgain(stage, request, token);
          // A file is answered by where it is.
          expect(status, JSON.stringify(answer)).toBeLessThan(kind === 'bytes' ? 303 : 300);
          expect(contract.complaintsAboutAnswer(request, status, answer), JSON.stringify(answer)).toEqual([]);
        }
      });
    });
  });
}

/** Calls the service. A call that fails is noted, and the rest goes on. */
export class Driver {
  readonly failures: string[] = [];

  constructor(private readonly stage: Stage) {}

  list(path: string, query: Record<string, string> = {}): Promise<Answer<unknown[]>> {
    return this.call(`${path}?${new URLSearchParams(query)}`);
  }

  /** The first page of a list and the one after it. */
  async twoPages(path: string, query: Record<string, string> = {}): Promise<void> {
    const first = await this.list(path, { ...query, limit: '1' });
    const cursor = first.headers.get('x-next-cursor');
    if (cursor === null) this.failures.push(`${path} ${JSON.stringify(query)}: has no second page`);
    else await this.list(path, { ...query, limit: '1', cursor });
  }

  /** The id of what was created. */
  async create(path: string, body: unknown): Promise<string> {
    return (await this.call<{ id: string }>(path, body)).body.id;
  }

  async tool(tool: string, args: unknown): Promise<void> {
    await this.call('/connectors/tools/invoke', { tool, args });
  }

  private async call<T>(path: string, body?: unknown): Promise<Answer<T>> {
    const answer = await this.stage.call<T>(path, { body });
    if (answer.status !== 200) {
      this.failures.push(`${path} ${JSON.stringify(body) ?? ''}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer;
  }
}

function names(objects: object[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))].sort();
}

/** The members of a body; an object within is replaced by its own, named `outer.inner`. */
function membersOf(body: unknown): Record<string, unknown> {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return Object.fromEntries(
    Object.entries(body ?? {}).flatMap(([outer, value]) =>
      isObject(value) ? Object.keys(value).map((inner) => [`${outer}.${inner}`, null]) : [[outer, value]],
    ),
  );
}

async function sendAgain(stage: Stage, { method, path, query, body }: Sent, token: string) {
  const parameters = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
  );
  // A space takes a title only once.
  const again = body && typeof body === 'object' && 'title' in body ? { ...body, title: `${body.title} again` } : body;
  const response = await fetch(`${stage.sandbox.url}${path}?${parameters}`, {
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(again === undefined ? {} : { body: JSON.stringify(again) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  // What a file holds is in no document.
  return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : undefined };
}
