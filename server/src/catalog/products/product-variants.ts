import { type Sql, together } from '../../platform/db/database.ts'
import type { VariantState } from './product-state.ts'

/** The variations of a product, as its event describes them. */
export interface ProductVariants {
  productId: number
  /** True: its row was inserted by this transaction, so that it has no variations yet. */
  isNew: boolean
  variants: VariantState[]
}

/** Writes the variations of products in place of the stored ones. */
export async function replaceVariants(tx: Sql, tenantId: number, products: ProductVariants[]): Promise<void> {
  const old = products.filter(({ isNew }) => !isNew).map(({ productId }) => productId)
  const variants = products.flatMap(({ productId, variants }) =>
    uniqueById(variants).map((variant) => ({ ...variant, product_id: productId })),
  )
  await together(
    old.length === 0
      ? Promise.resolve([])
      : tx.query('delete from product_variants where tenant_id = $1 and product_id = any($2::bigint[])', [
          tenantId,
          old,
        ]),
    variants.length === 0 ? Promise.resolve([]) : insertVariants(tx, tenantId, variants),
  )
}

/** Columns of a variant, with their types. */
const VARIANT_COLUMNS = {
  external_id: 'bigint',
  position: 'int',
  sku: 'text',
  attributes: 'json',
  price: 'numeric',
  regular_price: 'numeric',
  sale_price: 'numeric',
  on_sale: 'boolean',
  stock_quantity: 'numeric',
  stock_status: 'text',
  image: 'text',
  gtin: 'text',
  weight: 'numeric',
  dimensions: 'jsonb',
  sale_ends_at: 'timestamptz',
  image_alt: 'text',
  min_quantity: 'numeric',
  max_quantity: 'numeric',
} as const satisfies Record<keyof VariantState, string>

const VARIANT_NAMES = Object.keys(VARIANT_COLUMNS).join(', ')
const VARIANT_TYPES = Object.entries(VARIANT_COLUMNS).map(([name, type]) => `${name} ${type}`)

async function insertVariants(tx: Sql, tenantId: number, variants: object[]): Promise<unknown> {
  return await tx.query(
    `insert into product_variants (tenant_id, product_id, ${VARIANT_NAMES})
     select $1::bigint, product_id, ${VARIANT_NAMES}
       from json_to_recordset($2::json) as r (product_id bigint, ${VARIANT_TYPES.join(', ')})
      where product_id is not null`,
    [tenantId, JSON.stringify(variants)],
  )
}

/** The last entry of a repeated variation counts. */
export function uniqueById<T extends { external_id: number }>(variants: T[]): T[] {
  return [...new Map(variants.map((variant) => [variant.external_id, variant])).values()]
}
