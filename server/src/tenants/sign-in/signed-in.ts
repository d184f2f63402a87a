/** A signed-in user. */
export interface SignedIn {
  userId: string
  email: string
  name: string
  role: 'admin' | 'owner'
  tenantId: number
}

/** Selects a `SignedIn`; callers add the condition. */
export const SIGNED_IN = `select u.id as "userId", u.email, u.name, u.role, n.id as "tenantId"
  from users u join tenants n on n.owner_id = u.id`
