import { type Static, Type } from 'typebox'
import { reasonIn } from '../catalog/failure-sentences.ts'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { listOf } from '../platform/http/lists.ts'
import type { Language } from '../platform/i18n.ts'
import { StoreReference } from '../tenants/credentials.ts'

export const EVENT_TYPES = ['product.created', 'product.updated', 'product.deleted'] as const
export const EVENT_STATUSES = ['received', 'processed', 'superseded', 'retrying', 'dead'] as const

/** The fields of an event in lists and in the live stream. */
export const EVENT_FIELDS = {
  id: Type.Integer(),
  event_id: Type.String({ description: 'the id that the shop gave' }),
  event_type: oneOf(EVENT_TYPES),
  source: Type.String(),
  woo_product_id: Type.Integer(),
  version: Type.Integer(),
  status: oneOf(EVENT_STATUSES),
  outcome: nullable(oneOf(['created', 'content_updated', 'metadata_updated', 'unchanged', 'deleted', 'superseded'])),
  processed_successfully: nullable(Type.Boolean({ description: 'null while the event is open' })),
  attempts: Type.Integer(),
  next_attempt_at: nullable(time()),
  error: nullable(Type.String({ description: 'a sentence for the owner of the shop' })),
  processing_time_ms: nullable(Type.Number()),
  received_at: time(),
  processed_at: nullable(time()),
  source_ip: nullable(Type.String()),
  user_agent: nullable(Type.String()),
  store: StoreReference,
  product_name: nullable(Type.String({ description: 'null for a product that was never described' })),
  product_image: nullable(Type.String({ description: 'the address of the present picture of the product' })),
}

export const EventView = component('Event', Type.Object(EVENT_FIELDS))
export type EventView = Static<typeof EventView>
export const EventList = listOf('EventList', EventView)

/** Localises the failure reason of an event or dead letter. */
export function withReasonIn<Key extends string, Failed extends Record<Key, string | null>>(
  language: Language,
  key: Key,
  failed: Failed,
): Failed {
  const kept = failed[key]
  return kept === null ? failed : { ...failed, [key]: reasonIn(language, kept) }
}

/**
 * Columns of events `e`. The store and the product are looked up row by row: a join read and sorted a tenant's whole log for its
 * first page (2.7 s for 100,000 events). The inner "select" makes the id a value: as an expression it was compared with every
 * product of the store (93 ms for 50 events instead of 1).
 */
export const EVENT_COLUMNS = `e.id, e.event_id, e.event_type, e.source, e.external_product_id as woo_product_id, e.version, e.status,
  e.outcome, case when e.status in ('processed', 'superseded') then true when e.status = 'dead' then false end
    as processed_successfully, e.attempts,
  case when e.status in ('received', 'retrying') then e.next_attempt_at end as next_attempt_at, e.error,
  e.processing_time_ms, e.received_at, e.processed_at, e.source_ip, e.user_agent,
  (select json_build_object('id', s.id, 'name', s.name) from stores s where s.id = e.store_id) as store,
  (select nullif(p.name, '') from products p
    where p.store_id = e.store_id and p.external_id = (select 'woo_' || e.external_product_id)) as product_name,
  (select nullif(p.image, '') from products p
    where p.store_id = e.store_id and p.external_id = (select 'woo_' || e.external_product_id)) as product_image`
