/** The parts of Atlassian that lie on hosts of their own: auth.atlassian.com, id.…, api.…, and a customer's site. */
export const ORIGINS = ['auth', 'id', 'api', 'site'] as const;
export type Origin = (typeof ORIGINS)[number];
export type OriginUrls = Readonly<Record<Origin, string>>;

/** Where a browser that is signed in passes through on its way to the consent page. */
export const SIGN_IN_PATH = '/login';
export const CONSENT_PATH = '/oauth2/authorize/server/consent';
export const DECISION_PATH = '/authorize/decision';
/** Where a person sees what applications they gave access to. */
export const CONNECTED_APPS_PATH = '/manage-profile/apps';

/** The part of Atlassian that answers a path. */
export function originOf(path: string): Origin {
  if (path === '/authorize' || path === '/oauth/token') return 'auth';
  if (path === SIGN_IN_PATH || path === CONNECTED_APPS_PATH) return 'id';
  // Files are kept on yet another host, which no browser of these tests has to tell from the API's.
  const isApi = path.startsWith('/ex/') || path.startsWith('/media/') || path.startsWith('/oauth/token/');
  return isApi || path === CONSENT_PATH || path === DECISION_PATH ? 'api' : 'site';
}
