import { type Static, Type } from 'typebox'
import type { Database } from '../../platform/db/database.ts'
import { notFound } from '../../platform/errors.ts'
import { component } from '../../platform/http/contract.ts'
import { type Actor, writeAuditEntry } from '../../tenants/audit.ts'
import { lockStoreAndWait } from '../event-log.ts'

export const VersionReset = component(
  'VersionReset',
  Type.Object({
    id: Type.Integer(),
    external_id: Type.String(),
    previous_version: Type.Integer(),
    version: Type.Integer(),
  }),
)
export type VersionReset = Static<typeof VersionReset>

/**
 * Resets a product's version to 0, so that its next event is applied, with any version. For a product whose version comes from a
 * wrong clock and is within the limit of 24 hours, or whose shop has restarted its versions.
 * @throws {Problem} 404 when the product does not exist
 */
export async function resetVersion(db: Database, productId: number, by: Actor): Promise<VersionReset> {
  return await db.service.transaction(async (tx) => {
    const [place] = await tx.query<{ storeId: number }>('select store_id as "storeId" from products where id = $1', [
      productId,
    ])
    if (!place) throw notFound()
    // A batch in progress has already read the version and writes another one.
    await lockStoreAndWait(tx, place.storeId)
    const [reset] = await tx.query<VersionReset>(
      `update products p
          set version = 0, content_version = least(p.content_version, 0), version_reset_at = now(),
              searchable_version = case when p.searchable_version = p.version then 0 end, updated_at = now()
         from (select id, version from products where id = $1) before
        where p.id = before.id
       returning p.id, p.external_id, before.version as previous_version, p.version`,
      [productId],
    )
    if (!reset) throw notFound()
    await writeAuditEntry(tx, by, {
      action: 'product.version_reset',
      target: { kind: 'product', id: productId },
      detail: { external_id: reset.external_id, previous_version: reset.previous_version },
    })
    return reset
  })
}
