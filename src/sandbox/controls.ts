import { RateLimit, type RateLimitRule } from './doors/rate-limit.ts';
import type { CursorRepetition } from './http/cursors.ts';
import { ApiTokens } from './login/api-tokens.ts';
import { Grants, type GrantsState } from './login/grants.ts';
import type { SandboxApp } from './login/oauth.ts';
import { Pats } from './login/pats.ts';
import type { SandboxOptions } from './options.ts';
import { findUser, SANDBOX_USERS, type SandboxUser } from './world/accounts.ts';
import {
  addFolder,
  addProject,
  addSpace,
  denyCreate,
  moveIssue,
  movePage,
  type NewFolder,
  type NewProject,
  type NewSpace,
  renameProject,
  setSpaceAlias,
} from './world/changes.ts';
import type { Changes } from './world/records.ts';
import type { ExpiredTokenStatus, PickerReading, Rules, SecondConsent } from './world/rules.ts';
import { StateFile } from './world/state-file.ts';
import { World } from './world/world.ts';

/** What outlives a restart: who consented to what, and what was created. */
interface SandboxState {
  version: 1;
  grants: GrantsState;
  /** What differs from the sample data; the name is that in the files which are already there. */
  created: Changes;
}

/** What the sandbox knows, and how a test changes it from outside: as a user, an administrator or Atlassian would. */
export class Controls {
  protected readonly rules: Rules;
  protected readonly apps: Map<string, SandboxApp>;
  protected readonly clock: () => number;
  protected readonly world: World;
  protected readonly grants: Grants;
  protected readonly apiTokens = new ApiTokens();
  protected readonly pats = new Pats();
  protected readonly rateLimit: RateLimit;
  readonly #stateFile: StateFile<SandboxState>;

  protected constructor(options: SandboxOptions) {
    this.rules = {
      accessTokenLifetime: options.accessTokenLifetime ?? 3600,
      refreshReuseLeeway: options.refreshReuseLeeway ?? 600,
      secondConsent: options.secondConsent ?? 'replaces',
      expiredTokenStatus: options.expiredTokenStatus ?? 401,
      indexLagSeconds: options.indexLagSeconds ?? 0,
      picker: options.picker ?? 'prefix',
      repeatCursors: options.repeatCursors ?? false,
      answerAsAnonymous: options.answerAsAnonymous ?? false,
    };
    this.apps = new Map(options.apps.map((app) => [app.clientId, { ...app }]));
    this.clock = options.clock ?? Date.now;
    this.#stateFile = new StateFile(options.dataDir);
    const state = this.#stateFile.load();
    this.world = new World(SANDBOX_USERS, state?.created);
    this.grants = new Grants(state?.grants, this.rules, this.clock);
    this.rateLimit = new RateLimit(this.clock);
    this.rateLimit.set(options.rateLimit ?? null);
    this.#stateFile.accept(this.#state());
  }

  /** Every access token issued so far has expired. */
  expireAccessTokens(): void {
    this.grants.expireAccessTokens();
    this.save();
  }

  /** The user removes the applications in the account settings: no token issued so far works any more. */
  revoke(user: string): void {
    this.grants.revoke(sampleUser(user).accountId);
    this.save();
  }

  /** The user revokes both API tokens. Not kept across restarts. */
  revokeApiTokens(user: string): void {
    this.apiTokens.revoke(sampleUser(user).accountId);
  }

  /** Gives the user's scoped API token other scopes. Not kept across restarts. */
  setApiTokenScopes(user: string, scopes: readonly string[]): void {
    this.apiTokens.setScopes(sampleUser(user).accountId, scopes);
  }

  /** Limits how often the products may be called, from a fresh start; null lifts the limit. */
  setRateLimit(rule: RateLimitRule | null): void {
    this.rateLimit.set(rule);
  }

  /** The user deletes the personal access tokens of the Data Center. Not kept across restarts. */
  revokeTokens(user: string): void {
    this.pats.revoke(sampleUser(user));
  }

  setSecondConsent(reading: SecondConsent): void {
    this.rules.secondConsent = reading;
  }

  setExpiredTokenStatus(status: ExpiredTokenStatus): void {
    this.rules.expiredTokenStatus = status;
  }

  setIndexLag(seconds: number): void {
    this.rules.indexLagSeconds = seconds;
  }

  setRefreshReuseLeeway(seconds: number): void {
    this.rules.refreshReuseLeeway = seconds;
  }

  setAccessTokenLifetime(seconds: number): void {
    this.rules.accessTokenLifetime = seconds;
  }

  /** Changes an application's secret in the developer console. */
  rotateClientSecret(clientId: string, newSecret: string): void {
    const app = this.apps.get(clientId);
    if (!app) throw new Error(`there is no application '${clientId}'`);
    app.clientSecret = newSecret;
  }

  /** Gives a site another name, and with it another address. Not kept across restarts. */
  renameSite(cloudId: string, name: string): void {
    this.world.renameSite(cloudId, name);
  }

  /** The user loses a site with all its products. Not kept across restarts. */
  removeSiteAccess(user: string, cloudId: string): void {
    this.world.removeAccess(sampleUser(user).accountId, cloudId);
  }

  /**
   * Adds a project. This and the changes below are not kept across restarts; each names a Cloud site by name or cloudId,
   * or the Data Center by `data-center`.
   */
  addProject(site: string, project: NewProject): void {
    addProject(this.world.site(site), project);
  }

  addSpace(site: string, space: NewSpace): void {
    addSpace(this.world.site(site), space);
  }

  /** Moves an issue and its sub-tasks to another project. @returns its new key */
  moveIssue(site: string, key: string, toProjectKey: string): string {
    return moveIssue(this.world.site(site), key, toProjectKey);
  }

  /** An administrator gives a project another key; the former one goes on to lead to it. */
  renameProject(site: string, key: string, newKey: string): void {
    renameProject(this.world.site(site), key, newKey);
  }

  /** Moves a page, with the pages below it, to another space. */
  movePage(site: string, pageId: string, toSpaceKey: string): void {
    movePage(this.world.site(site), pageId, toSpaceKey);
  }

  /** @returns the folder's id. A Data Center has no folders. */
  addFolder(site: string, folder: NewFolder): string {
    return addFolder(this.world.site(site), folder);
  }

  /** An administrator renames a space's key: it stays, and the alias is what people see from now on. Null takes it away. */
  setSpaceAlias(site: string, key: string, alias: string | null): void {
    setSpaceAlias(this.world.site(site), key, alias);
  }

  /** Everybody goes on to see the space, and nobody may create in it. */
  denyCreate(site: string, spaceKey: string): void {
    denyCreate(this.world.site(site), spaceKey);
  }

  setPicker(reading: PickerReading): void {
    this.rules.picker = reading;
  }

  repeatCursors(on: CursorRepetition): void {
    this.rules.repeatCursors = on;
  }

  /** @see SandboxOptions.answerAsAnonymous */
  answerAsAnonymous(on: boolean): void {
    this.rules.answerAsAnonymous = on;
  }

  /** Keeps what has changed since it was last called, if anything has. */
  protected save(): void {
    this.#stateFile.save(this.#state());
  }

  #state(): SandboxState {
    return { version: 1, grants: this.grants.state, created: this.world.changes };
  }
}

function sampleUser(user: string): SandboxUser {
  const found = findUser(user);
  if (!found) throw new Error(`there is no sample user '${user}'`);
  return found;
}
