import { Type } from 'typebox'
import type { Access, Database } from '../platform/db/database.ts'
import type { TenantScope } from '../platform/db/tenant-scope.ts'
import { notFound } from '../platform/errors.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import type { Person } from './authenticate.ts'

/** The scope of a page: everything (for admins), one tenant, or one store. */
export const ScopeQuery = {
  user_id: Type.Optional(Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })),
  store_id: Type.Optional(idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))),
}

export interface Scope {
  scope: TenantScope
  /** The same as a parameter of SQL filters: null for all tenants. */
  tenantId: number | null
  /** null: all stores. */
  storeId: number | null
  /** Access under the role of the tenant. */
  sql: Access
}

/**
 * The requested scope, if the caller may see it. @throws {Problem} 404 for a user or store that does not exist or belongs to
 * another tenant
 */
export async function scopeOf(
  db: Database,
  person: Person,
  asked: { user_id?: string; store_id?: number },
): Promise<Scope> {
  const { scope, tenantId } = person
  const own = db.inScope(scope)
  const storeId = asked.store_id ?? null
  if (asked.user_id === undefined && storeId === null) return { scope, tenantId, storeId, sql: own }
  const [found] = await own.query<{ tenantId: number }>(
    `select n.id as "tenantId" from tenants n
      where ($1::bigint is null or n.id = $1) and ($2::uuid is null or n.owner_id = $2::uuid)
        and ($3::bigint is null or exists (select 1 from stores s
              where s.tenant_id = n.id and s.id = $3 and s.deleted_at is null))
      limit 1`,
    [person.tenantId, asked.user_id ?? null, storeId],
  )
  if (!found) throw notFound()
  return { scope: found.tenantId, tenantId: found.tenantId, storeId, sql: db.forTenant(found.tenantId) }
}
