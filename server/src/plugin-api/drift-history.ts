import { type Static, Type } from 'typebox'
import type { Owner } from '../catalog/products/product-store.ts'
import type { Sql } from '../platform/db/database.ts'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import type { List } from '../platform/http/lists.ts'
import type { Drift } from './reconcile.ts'

const CAUSES = ['hourly', 'daily', 'manual', 'unknown'] as const
type Cause = (typeof CAUSES)[number]

const KINDS = ['missing', 'stale', 'extra'] as const

/** Differing products of one reconciliation that are recorded; the counts are complete. */
const MAX_RECORDED = 200
/** Products that the list shows of a reconciliation. */
const MAX_LISTED = 10
/** Requests of the second step belong to the last reconciliation if it is younger than this. */
const LONGEST_MINUTES = 60

export const Reconciliation = component(
  'Reconciliation',
  Type.Object(
    {
      id: Type.Integer(),
      at: time('when the plugin began to compare'),
      cause: oneOf(CAUSES, {
        description:
          'why the plugin compared: its hourly or daily work, or a person; unknown: a plugin of an earlier release',
      }),
      compared: Type.Integer({ description: 'products of the shop' }),
      missing: Type.Integer({ description: 'products that the server did not have, or did not show' }),
      stale: Type.Integer({ description: 'products with another content' }),
      extra: Type.Integer({ description: 'products that the shop did not have any more' }),
      recorded: Type.Integer({ description: `the first of them, at most ${MAX_RECORDED}, whose repair is followed` }),
      repaired: Type.Integer({ description: 'of the recorded ones: those that an event has repaired since' }),
      products: Type.Array(
        Type.Object({
          id: nullable(Type.Integer({ description: 'our id' })),
          external_id: Type.String(),
          name: Type.String(),
          kind: oneOf(KINDS),
          is_repaired: Type.Boolean(),
        }),
        { description: `the first ${MAX_LISTED} of them` },
      ),
    },
    { description: 'A comparison of the plugin with the server, and the products that differed.' },
  ),
)
export type Reconciliation = Static<typeof Reconciliation>

/** The cause in a plugin's request; a word that this server does not know counts as unknown. */
export function readCause(given: string | undefined): Cause {
  return CAUSES.find((cause) => cause === given) ?? 'unknown'
}

/** Records that the plugin has sent its ranges: a reconciliation begins. */
export async function beginReconciliation(
  sql: Sql,
  { tenantId, storeId }: Owner,
  { cause, compared }: { cause: Cause; compared: number },
): Promise<void> {
  await sql.query(
    `insert into reconciliations (tenant_id, store_id, cause, compared)
     select tenant_id, id, $3, $4 from stores where tenant_id = $1 and id = $2 and deleted_at is null`,
    [tenantId, storeId, cause, Math.min(compared, Number.MAX_SAFE_INTEGER)],
  )
}

/** Adds the differing products of a range to the reconciliation in progress. Without differences nothing is written. */
export async function recordDrift(sql: Sql, { tenantId, storeId }: Owner, drift: Drift): Promise<void> {
  const products = [
    ...drift.missing.map((id) => ({ id, kind: 'missing', version: 0 })),
    ...drift.stale.map((product) => ({ ...product, kind: 'stale' })),
    ...drift.extra.map((product) => ({ ...product, kind: 'extra' })),
  ]
  if (products.length === 0) return
  await sql.query(
    `with latest as (
       select id, missing + stale + extra as before from reconciliations
        where tenant_id = $1 and store_id = $2 and ended_at > now() - interval '${LONGEST_MINUTES} minutes'
        order by id desc limit 1
     ), counted as (
       update reconciliations r set missing = missing + $3, stale = stale + $4, extra = extra + $5, ended_at = now()
         from latest where r.id = latest.id
     )
     insert into reconciliation_differences (tenant_id, store_id, reconciliation_id, external_product_id, kind, version)
     select $1, $2, latest.id, d.id, d.kind, d.version
       from latest cross join unnest($6::bigint[], $7::text[], $8::bigint[]) with ordinality as d (id, kind, version, place)
      where latest.before + d.place <= ${MAX_RECORDED}
     on conflict do nothing`,
    [
      tenantId,
      storeId,
      drift.missing.length,
      drift.stale.length,
      drift.extra.length,
      products.map(({ id }) => id),
      products.map(({ kind }) => kind),
      products.map(({ version }) => version),
    ],
  )
}

/** SQL: an event has repaired the difference `d` of the product `p`. */
const IS_REPAIRED = `coalesce(case d.kind when 'missing' then p.is_active when 'extra' then not p.is_active or p.version > d.version
  else p.version > d.version end, false)`

/** The reconciliations of a store, newest first, for `readPage`. */
export function reconciliationList(tenantId: number | null, storeId: number): List {
  return {
    columns: `r.id, r.created_at as at, r.cause, r.compared, r.missing, r.stale, r.extra, d.recorded, d.repaired,
      coalesce(d.products, '[]'::json) as products`,
    from: `reconciliations r cross join lateral (
      select count(*)::int as recorded, (count(*) filter (where is_repaired))::int as repaired,
             json_agg(json_build_object('id', product_id, 'external_id', external_id, 'name', name, 'kind', kind,
                                        'is_repaired', is_repaired) order by place) filter (where place <= ${MAX_LISTED}) as products
        from (select d.kind, ${IS_REPAIRED} as is_repaired, p.id as product_id, 'woo_' || d.external_product_id as external_id,
                     coalesce(p.name, '') as name, row_number() over (order by d.id) as place
                from reconciliation_differences d
                left join products p on p.store_id = d.store_id and p.external_id = 'woo_' || d.external_product_id
               where d.reconciliation_id = r.id) differing) d`,
    where: ['($1::bigint is null or r.tenant_id = $1)', 'r.store_id = $2'],
    values: [tenantId, storeId],
    sort: { sql: 'r.id', type: 'bigint', descending: true },
    id: 'r.id',
  }
}
