import { ANY_TENANT, ROLES, type Role } from '../stores/access-store.ts';

/** Who a caller has shown to be, and what that allows. */
export interface Identity {
  kind: 'key' | 'jwt' | 'anonymous';
  /** As the audit names the caller: a key's id, a JWT's subject; null for no one in particular. */
  id: string | null;
  /** The one tenant it may act for, or `*`. */
  tenantId: string;
  role: Role;
}

/** Who calls where nobody has to tell: authentication is off, and everything is allowed. */
export const ANONYMOUS: Identity = { kind: 'anonymous', id: null, tenantId: ANY_TENANT, role: 'admin' };

/** Whether `role` includes what `needed` may. */
export function includes(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
