import { type Static, Type } from 'typebox'
import { countedVersion, isWithinLimit } from '../../ingest/version-bounds.ts'
import type { Sql } from '../../platform/db/database.ts'
import { component, nullable, oneOf } from '../../platform/http/contract.ts'
import type { Language } from '../../platform/i18n.ts'
import { reasonIn, refusedTextIn } from '../failure-sentences.ts'
import { externalIdOf, storedVersion } from './product-store.ts'

/** The sync state of a product. */
export const SYNC_FIELDS = {
  state: oneOf(['unknown', 'received', 'applied', 'searchable', 'removed', 'failed']),
  received_version: nullable(
    Type.Integer({
      description: 'the version from which a shop with a lower one continues; never more than 24 hours in the future',
    }),
  ),
  applied_version: nullable(Type.Integer()),
  searchable_version: nullable(
    Type.Integer({ description: 'the highest version whose chunks all have vectors, or whose removal is committed' }),
  ),
  last_error: nullable(Type.String()),
}

export const SyncState = component(
  'SyncState',
  Type.Object({
    id: Type.Integer({ description: 'the id that the shop gave' }),
    ...SYNC_FIELDS,
    readiness: nullable(
      Type.Integer({ description: 'how much of what an agent needs to sell the applied version is there, 0 to 100' }),
    ),
  }),
)
export type SyncState = Static<typeof SyncState>

interface Row {
  id: number
  received: number | null
  applied: number | null
  /** `applied`, or the current time if `applied` is more than 24 hours in the future. */
  counted: number | null
  searchable: number | null
  isActive: boolean | null
  readiness: number | null
  eventError: string | null
  chunkError: string | null
}

/** The sync state of a store's products, in request order. */
export async function readSync(
  sql: Sql,
  storeId: number,
  productIds: number[],
  language: Language,
): Promise<SyncState[]> {
  const rows = await sql.query<Row>(
    `select r.id, e.received, p.version as applied,
            case when p.version is not null then ${countedVersion('p.version', 'now()')} end as counted, p.searchable_version as searchable, p.is_active as "isActive", case when p.is_active then p.readiness end as readiness,
            failed.error as "eventError",
            (select c.embedding_error from knowledge_chunks c
              where c.product_id = p.id and c.embedding_status = 'refused' limit 1) as "chunkError"
       from unnest($2::bigint[], $3::text[]) with ordinality as r (id, external_id, place)
       left join products p on p.store_id = $1 and p.external_id = r.external_id
       -- Descending by version: the first version within the limit ends the scan; few versions exceed it.
       left join lateral (select version as received from events
                           where store_id = $1 and external_product_id = r.id and ${isWithinLimit('version', 'received_at')}
                             and received_at > coalesce(p.version_reset_at, '-infinity')
                           order by version desc limit 1) e on true
       left join lateral (select error from events
                           where store_id = $1 and external_product_id = r.id and status in ('dead', 'retrying')
                             and version >= coalesce(${storedVersion('p.version')}, 0)
                           order by version desc limit 1) failed on true
      order by r.place`,
    [storeId, productIds, productIds.map(externalIdOf)],
  )
  return rows.map((row) => ({
    id: row.id,
    // The log is pruned, the product is kept.
    received_version: row.received ?? row.counted,
    applied_version: row.applied,
    searchable_version: row.searchable,
    state: stateOf(row),
    last_error: lastErrorOf(row, language),
    readiness: row.readiness,
  }))
}

function lastErrorOf({ eventError, chunkError }: Row, language: Language): string | null {
  if (eventError !== null) return reasonIn(language, eventError)
  return chunkError === null ? null : refusedTextIn(language, chunkError)
}

function stateOf(row: Row): SyncState['state'] {
  if (row.eventError !== null || row.chunkError !== null) return 'failed'
  if (row.applied === null) return row.received === null ? 'unknown' : 'received'
  if (row.received !== null && row.received > row.applied) return 'received'
  if (row.searchable !== row.applied) return 'applied'
  return row.isActive ? 'searchable' : 'removed'
}
