import type { Database } from '../../platform/db/database.ts'
import { inBatches } from '../../platform/runtime/in-batches.ts'
import { type ReadyContent, readiness } from './readiness.ts'

/**
 * Computes the readiness of products that an earlier release stored. Products get it with each event, so only those without an event
 * since the upgrade are left. Returns their number.
 */
export async function scoreProducts({ service }: Pick<Database, 'service'>): Promise<number> {
  return await inBatches((limit) =>
    service.transaction(async (tx) => {
      const products = await tx.query<ReadyContent & { id: number; stateHash: string }>(
        `select p.id, p.state_hash as "stateHash", p.type, p.price, p.image, p.gallery, p.image_details, p.short_description,
                p.description, p.categories, p.brand, p.gtin, p.sku,
                coalesce((select json_agg(json_build_object('price', v.price::text, 'image', v.image, 'sku', v.sku, 'gtin', v.gtin))
                            from product_variants v where v.product_id = p.id), '[]'::json) as variants
           from products p where p.readiness is null order by p.id limit $1`,
        [limit],
      )
      if (products.length === 0) return 0
      const scored = products.map((product) => ({
        id: product.id,
        state_hash: product.stateHash,
        ...readiness(product),
      }))
      // A product that an event has changed meanwhile has its own readiness by now.
      await tx.query(
        `update products p set readiness = r.score, readiness_missing = r.missing
           from json_to_recordset($1::json) as r (id bigint, state_hash text, score smallint, missing text[])
          where p.id = r.id and p.state_hash = r.state_hash and p.readiness is null`,
        [JSON.stringify(scored)],
      )
      return products.length
    }),
  )
}
