import type { Defect } from './defect.ts';

const TESTS = 'test/connections';

export const CONNECTIONS: Defect[] = [
  {
    name: 'a re-encrypted grant passes for a renewed one',
    find: /grant\.generation !== seen\.generation/,
    replace: 'grant.version !== seen.version',
    test: {
      file: `${TESTS}/grants/encrypted-anew.test.ts`,
      title:
        "a grant that another process encrypts with another key while a call is under way > is renewed all the same when Atlassian refuses its token: the call to 'jira' succeeds",
    },
  },
  {
    name: 'a re-encrypted grant is suspected again at once',
    find: /stored\.generation !== grant\.generation/,
    replace: 'stored.version !== grant.version',
    test: {
      file: `${TESTS}/grants/encrypted-anew.test.ts`,
      title:
        'a grant that another process encrypts with another key while a call is under way > is not suspected sooner than a minute after the last time for that',
    },
  },
  {
    name: 'a new pair gives way to a re-encryption of the old one',
    find: /now\.generation >= change\.generation/,
    replace: 'now.version > from.version',
    test: {
      file: `${TESTS}/grants/encrypted-anew.test.ts`,
      title:
        'a grant that another process encrypts with another key while a call is under way > gets the pair of a refresh under way all the same',
    },
  },
  {
    name: 'the lease is given back while an unsaved pair waits',
    find: /if \(!this\.unsaved\.has\(grant\.id\)\)\s*await this\.release\(/,
    replace: 'await this.release(',
    test: {
      file: `${TESTS}/grants/refresh-processes.test.ts`,
      title:
        'a pair that cannot be stored > keeps its lease, so that no other process sends the spent refresh token meanwhile',
    },
  },
  {
    name: 'the save spins without a pause while another process holds the lease',
    find: /if \(now\.version === from\.version\)\s*await setTimeout\(SAVE\.waitMs\);/,
    replace: '',
    test: {
      file: `${TESTS}/grants/refresh-processes.test.ts`,
      title:
        'a pair that comes after the lease has passed to another process > is stored when that lease ends, after a handful of tries',
    },
  },
  {
    name: "without a refresh token, near the end, a product's 404 is told as TOKEN_EXPIRED",
    find: /grant\.refreshToken === null \|\| !hasExpired\(grant, now \+ SUSPECT_SECONDS\)/,
    replace: '!hasExpired(grant, now + SUSPECT_SECONDS)',
    test: {
      file: `${TESTS}/grants/online-grants.test.ts`,
      title: "a grant without a refresh token > that ends soon does not make 404 of 'jira' a TOKEN_EXPIRED",
    },
  },
  {
    name: "without a refresh token, a product's 401 is told as TOKEN_EXPIRED",
    find: /if \(grant\.refreshToken !== null\)\s*return grants\.renewed\(grant, caller\.context\)/,
    replace: 'if (grant.clientId !== null) return grants.renewed(grant, caller.context)',
    test: {
      file: `${TESTS}/grants/online-grants.test.ts`,
      title: "a grant without a refresh token > that ends soon does not make 401 of 'confluence' a TOKEN_EXPIRED",
    },
  },
  {
    name: 'an empty list of sites forgets all sites',
    find: /if \(sites\.length === 0\)\s*return connection\.sites;/,
    replace: '',
    test: {
      file: `${TESTS}/sites.test.ts`,
      title: "an empty list of sites from Atlassian > disconnects no 'jira' that is rotated meanwhile",
    },
  },
  {
    name: 'a login that reaches no site is stored on the site in use',
    find: /if \(sites\.length === 0\) return \{ site: null, isOpen: false \};/,
    replace: '',
    test: {
      file: `${TESTS}/sites.test.ts`,
      title:
        "an empty list of sites from Atlassian > makes a second login for 'jira' fail, and the connections stay as they are",
    },
  },
  {
    name: 'a login overwrites a site chosen during the callback',
    find: /replaces: own\?\.connection \?\? null,/,
    replace: 'replaces: undefined,',
    test: {
      file: `${TESTS}/login/completing-a-login.test.ts`,
      title:
        'a store that is away for a moment during the callback > has a login for jira stored without undoing the site that is chosen for jira meanwhile',
    },
  },
  {
    name: 'a connection is told from another state of itself by its grant alone',
    find: /now\?\.version === mark\?\.version && now\?\.grantId === mark\?\.grantId/,
    replace: 'now?.grantId === mark?.grantId',
    test: {
      file: `${TESTS}/login/completing-a-login.test.ts`,
      title:
        'a store that is away for a moment during the callback > has a login for confluence stored without undoing the site that is chosen for jira meanwhile',
    },
  },
  {
    name: 'a 429 on the questions to a new grant loses the login',
    find: /\(error\.status \?\? 0\) >= 429/,
    replace: '(error.status ?? 0) > 429',
    test: {
      file: `${TESTS}/login/completing-a-login.test.ts`,
      title:
        'a new grant whose questions Atlassian answers with 429 > is asked again after Retry-After, for its sites and for its owner: the login succeeds',
    },
  },
  {
    name: "a login stored although the store's answer was lost is stored twice",
    find: /again = true;/,
    replace: '',
    test: {
      file: `${TESTS}/login/completing-a-login.test.ts`,
      title:
        'a store that is away for a moment during the callback > has the login stored once where its answer was lost after it was stored',
    },
  },
  {
    name: 'two accounts that could not be read count as one person',
    find: /account !== null && connection\.account\?\.id === account\.id/,
    replace: 'connection.account?.id === account?.id',
    test: {
      file: `${TESTS}/grants/shared-grant.test.ts`,
      title:
        "a login beside another connection > leaves the other alone while it is not told whose both are: the first 'unknown', the second 'unknown'",
    },
  },
  {
    name: 'an account that could not be read counts as the one before it',
    find: /account !== null && connection\.account\?\.id === account\.id/,
    replace: 'account === null || connection.account?.id === account.id',
    test: {
      file: `${TESTS}/grants/shared-grant.test.ts`,
      title:
        "a login beside another connection > leaves the other alone while it is not told whose both are: the first 'known', the second 'unknown'",
    },
  },
  {
    name: 'a connection whose account could not be read is taken for that of whoever comes next',
    find: /account !== null && connection\.account\?\.id === account\.id/,
    replace: 'connection.account === null || connection.account.id === account?.id',
    test: {
      file: `${TESTS}/grants/shared-grant.test.ts`,
      title:
        "a login beside another connection > leaves the other alone while it is not told whose both are: the first 'unknown', the second 'known'",
    },
  },
  {
    name: 'what a sealed token is bound to does not name the grant',
    find: /\(\{ tenantId, id \}: GrantKey, field: string\) =>\s*`grant:\$\{tenantId\}:\$\{id\}:\$\{field\}`/,
    replace: '({ tenantId }: GrantKey, field: string) => `grant:$${tenantId}:$${field}`',
    test: {
      file: `${TESTS}/grants/sealed-secrets.test.ts`,
      title: 'two grants of one tenant by Cloud OAuth whose secrets were swapped in the database both fail',
    },
  },
  {
    name: 'what a sealed token is bound to does not name the field',
    find: /\(\{ tenantId, id \}: GrantKey, field: string\) =>\s*`grant:\$\{tenantId\}:\$\{id\}:\$\{field\}`/,
    replace: '({ tenantId, id }: GrantKey, _field: string) => `grant:$${tenantId}:$${id}`',
    test: {
      file: `${TESTS}/grants/sealed-secrets.test.ts`,
      title: 'a refresh token that was put in the place of its access token is never sent as one',
    },
  },
  {
    name: 'the other product moves to a grant without a refresh token',
    find: /samePerson && kept && renewable/,
    replace: 'samePerson && (kept || renewable)',
    test: {
      file: `${TESTS}/grants/shared-grant.test.ts`,
      title:
        'a login beside another connection > for jira leaves confluence alone when it would lose its refresh token',
    },
  },
  {
    name: 'the other product moves to the grant of another OAuth app',
    find: /old\.clientId === grant\.clientId && samePerson/,
    replace: 'samePerson',
    test: {
      file: `${TESTS}/grants/shared-grant.test.ts`,
      title: 'a login beside another connection > leaves the other with its own OAuth app, though both may do the same',
    },
  },
  {
    name: 'the other product moves along with the sites of the one that logs in',
    find: /site: otherSite,\s*sites: sites\[otherKey\.provider\]/,
    replace: 'site: otherSite, sites: sites[provider]',
    test: {
      file: `${TESTS}/grants/shared-grant.test.ts`,
      title: 'a login beside another connection > moves the other along with the sites that have its own product',
    },
  },
  {
    name: 'a site whose cloudId was not known is not recognised by its URL',
    find: /id === chosen\.id \|\| url === chosen\.id/,
    replace: 'id === chosen.id && url !== chosen.id',
    test: {
      file: `${TESTS}/login/token-logins.test.ts`,
      title:
        'PATCH /connectors/{provider}/connection with a token > gives way to a later OAuth login on the same site, where its cloudId was not known',
    },
  },
  {
    name: 'a scoped API token that its site answers with 403 is not tried at the gateway',
    find: /const unlike = error instanceof AtlassianError && \(error\.status === 401 \|\| error\.status === 403\)/,
    replace: 'const unlike = error instanceof AtlassianError && error.status === 401',
    test: {
      file: `${TESTS}/login/token-logins.test.ts`,
      title:
        'PATCH /connectors/{provider}/connection with a token > works at the gateway for jira where the site answers a scoped token with 403',
    },
  },
  {
    name: 'a renewal whose answer names no refresh token loses the one at hand',
    find: /refreshToken: pair\.refreshToken \?\? refreshToken/,
    replace: 'refreshToken: pair.refreshToken',
    test: {
      file: `${TESTS}/grants/renewals.test.ts`,
      title: "a renewal of 'jira' > whose answer names no refresh token, keeps the one it has",
    },
  },
  {
    name: 'a renewal whose answer names no scopes loses those at hand',
    find: /pair\.scopes\.length > 0 \? pair\.scopes : grant\.scopes/,
    replace: 'pair.scopes',
    test: {
      file: `${TESTS}/grants/renewals.test.ts`,
      title: "a renewal of 'confluence' > whose answer names no scopes, keeps those it has",
    },
  },
  {
    name: 'credentials that can be renewed rest after a refusal',
    find: /if \(refreshToken !== null\)\s*return;/,
    replace: 'if (refreshToken === "") return;',
    test: {
      file: `${TESTS}/grants/renewals.test.ts`,
      title: "a renewal of 'jira' > whose new token is refused, too, does not keep the next call from being tried",
    },
  },
  {
    name: 'a failed refresh is recorded for the connection of another grant',
    find: /if \(connection\.grantId === id\)\s*await audit\.note\(/,
    replace: 'await audit.note(',
    test: {
      file: 'test/routes/audit.test.ts',
      title: 'the audit > records a refresh that fails for no connection with a grant of its own',
    },
  },
  {
    name: 'who has to connect Confluence anew is shown the way for Jira',
    find: /(const told = toldHowToConnect\(error, )provider(, )/,
    replace: "$1'jira'$2",
    test: {
      file: `${TESTS}/grants/online-grants.test.ts`,
      title:
        "a grant without a refresh token > serves 'confluence' until its last second, and is TOKEN_EXPIRED after it",
    },
  },
  {
    name: 'what has written something is run again with renewed credentials',
    find: / \|\| attempt\.writes > 0\) throw error;/,
    replace: ') throw error;',
    test: {
      file: `${TESTS}/writes-once.test.ts`,
      title: "a call that reads after it has written > 'writes once where its read is answered with 404 near expiry'",
    },
  },
  {
    name: 'a call goes out with a grant that Atlassian has just ended',
    find: /error\.code === 'TOKEN_EXPIRED' \|\| error\.code === 'NOT_CONNECTED'/,
    replace: "error.code === 'NOT_CONNECTED'",
    test: {
      file: `${TESTS}/grants/renewals.test.ts`,
      title:
        "a renewal of 'confluence' > that is refused for good while the old token is valid ends the connection with that very call",
    },
  },
];
