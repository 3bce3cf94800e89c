import { toGrant } from './schema.ts';
import type { Query, Row } from './sql-database.ts';
import type { Grant } from './store.ts';

/** One damaged record must not keep all others from being served; `store:check` names it. */
export function readable(rows: Row[]): Grant[] {
  return rows.flatMap((row) => {
    try {
      return [toGrant(row)];
    } catch {
      return [];
    }
  });
}

/** Everything that makes or removes a connection of a tenant happens one after the other. */
export const tenantLock = (tenantId: string): string => `tenant ${tenantId}`;

/** Deletes the grants of a tenant that no connection points to. */
export async function dropUnusedGrants(query: Query, tenantId: string): Promise<void> {
  await query(
    'DELETE FROM grants WHERE tenant_id = ? AND id NOT IN (SELECT grant_id FROM connections WHERE tenant_id = ?)',
    tenantId,
    tenantId,
  );
}
