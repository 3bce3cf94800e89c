import { json, type Reply } from '../http/call.ts';
import type { ProductCall } from '../world/product-call.ts';
import { jiraTime } from './json.ts';

export function serverInfo({ edition, siteUrl, now }: Pick<ProductCall, 'edition' | 'siteUrl' | 'now'>): Reply {
  return json(200, {
    baseUrl: siteUrl,
    ...edition.server,
    serverTime: jiraTime(now),
    scmInfo: 'sandbox',
  });
}

export function myself({ edition, user, apiUrl }: ProductCall): Reply {
  return json(200, { ...edition.jiraUser(user, apiUrl), locale: 'en_US', expand: 'groups,applicationRoles' });
}
