import type { Policies, Policy } from '../access/policy.ts';
import { containersOf } from '../access/policy.ts';
import { missingScopes, surelyMissingScopes } from '../atlassian/wire/endpoint.ts';
import type { Provider } from '../config.ts';
import type { Connections } from '../connections/connections.ts';
import { type ConnectionHealth, type HealthDeps, healthOf } from '../connections/health.ts';
import { TOOLS } from '../operations/catalogue.ts';
import type { Check, Diagnosis } from '../operations/diagnosis.ts';
import type { Call, Doctor } from '../operations/operation.ts';
import { policyRefusal } from '../operations/run/policy.ts';
import { adviceFor } from './advice.ts';
import { hindranceOf, scopesOf } from './descriptor.ts';

export interface DoctorDeps extends HealthDeps {
  connections: Connections;
  policies: Policies;
}

/** Clocks this far apart, in seconds, are told of: `Date` counts whole seconds, and an answer takes its time. */
const SKEW_SECONDS = 60;
/** What was told of a quota longer ago than this, in seconds, calls for nothing: limits begin anew meanwhile. */
const QUOTA_SECONDS = 300;

/** Puts together what is known of a connection, what this caller may do with it, and what to do about it. */
export class ConnectionDoctor implements Doctor {
  constructor(private readonly deps: DoctorDeps) {}

  async diagnose(call: Call, provider: Provider, check: Check): Promise<Diagnosis> {
    const { tenantId, narrowing } = call;
    const { policies, connections, clock } = this.deps;
    // After the check, which may have renewed the grant or found it dead.
    const [health, policy] = await Promise.all([healthOf(this.deps, { tenantId, provider }), policies.read(tenantId)]);
    const { status, deployment, site, signs, lastFailure } = health;
    const { connected, auth, scopes, error } = status;
    const tools = [...TOOLS.values()]
      .filter((tool) => tool.provider === provider)
      .map((tool) => {
        const hindrance = hindranceOf(tool, { policy, narrowing, statusOf: () => status });
        return {
          name: tool.name,
          available: hindrance === null,
          reason: hindrance?.message ?? null,
          needs: scopesOf(tool),
          missing: scopes === null ? [] : missingScopes(tool.calls, scopes),
          rule: policyRefusal(tool, policy, narrowing)?.details?.rule,
        };
      });
    const facts = {
      ...{ provider, connected, auth, deployment, site, error, check, tools },
      clock_skew: skewOf(health),
      quota: signs.quota && {
        remaining: signs.quota.remaining,
        nearly_used_up: signs.quota.near,
        told_at: Math.floor(signs.quota.toldAt / 1_000),
      },
      pause: signs.pause && { seconds: Math.ceil(signs.pause.leftMs / 1_000), reason: signs.pause.reason ?? null },
      policy: policyOf(policy, provider),
    };
    const isQuotaOld = facts.quota !== null && clock() - facts.quota.told_at > QUOTA_SECONDS;
    const isClockOff = Math.abs(facts.clock_skew ?? 0) > SKEW_SECONDS;
    return {
      ok: connected && check.ok !== false && facts.pause === null && !isClockOff && isOfUse(provider, scopes),
      advice: adviceFor({
        ...facts,
        quota: isQuotaOld ? null : facts.quota,
        isClockOff,
        app: connections.apps()[provider].status,
        reconnectUrl: health.reconnectUrl,
      }),
      ...facts,
      sites: status.sites,
      account: status.account,
      scopes,
      tools: tools.map(({ rule: _, ...told }) => told),
      token: tokenOf(health, clock()),
      last_failure: lastFailure && {
        ...{ at: lastFailure.at, code: lastFailure.code, message: lastFailure.message },
        upstream_status: lastFailure.upstreamStatus,
      },
    };
  }
}

function skewOf({ signs: { aheadMs } }: ConnectionHealth): number | null {
  return aheadMs === null ? null : Math.trunc(aheadMs / 1_000);
}

/** Whether a grant covers anything that is done here; where that is not known, it is taken to. */
function isOfUse(provider: Provider, scopes: readonly string[] | null): boolean {
  const tools = [...TOOLS.values()].filter((tool) => tool.provider === provider && scopesOf(tool).length > 0);
  return scopes === null || tools.some(({ calls }) => surelyMissingScopes(calls, scopes).length === 0);
}

function tokenOf({ status }: ConnectionHealth, now: number): Diagnosis['token'] {
  const { refreshed_at, expires_at, refresh_token_expires_at } = status;
  if (refreshed_at === null) return null;
  return {
    age: Math.max(0, now - refreshed_at),
    expires_at,
    expires_in: expires_at === null ? null : expires_at - now,
    refreshed_at,
    refresh_token_expires_at,
  };
}

function policyOf(policy: Policy, provider: Provider): Diagnosis['policy'] {
  const { read_only, tools } = policy;
  return { read_only, tools, containers: containersOf(policy, provider) };
}
