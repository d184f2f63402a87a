import { type Static, Type } from 'typebox'
import { hasWords } from '../catalog/products/product-view.ts'
import type { Bind } from '../platform/db/binder.ts'
import type { Database, SqlValue } from '../platform/db/database.ts'
import { EVERY_TENANT, type TenantScope } from '../platform/db/tenant-scope.ts'
import { oneOf } from '../platform/http/contract.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { normaliseText, queryTokens, tsqueryLiteral } from '../platform/text/language.ts'
import type { Reader } from '../tenants/authenticate.ts'
import { EVENT_STATUSES, EVENT_TYPES } from './event-view.ts'

const wordOf = <const T extends string>(words: readonly T[]) =>
  Type.Optional(oneOf(words, localized(`one of ${words.join(', ')}`, `یکی از ${words.join('، ')}`)))
const id = (en: string, fa: string) => idSchema(localized(en, fa))

/** Filters of the event log, for lists and replays. */
export const EventFilter = {
  user_id: Type.Optional(Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })),
  store_id: Type.Optional(id('the id of a store', 'شناسهٔ یک فروشگاه')),
  event_type: wordOf(EVENT_TYPES),
  status: wordOf(EVENT_STATUSES),
  success: Type.Optional(Type.Boolean(localized('true or false', 'یکی از true یا false'))),
  woo_product_id: Type.Optional(id('a WooCommerce product id', 'شناسهٔ محصول در ووکامرس')),
}

const EventFilterObject = Type.Object(EventFilter)
export type EventFilter = Static<typeof EventFilterObject>

/** Maximum products of a search that are looked up in the log, and maximum newest events of each. */
const MAX_FOUND_PRODUCTS = 200
const MAX_EVENTS_OF_PRODUCT = 200

/** Conditions for events `e`: the tenant first, then the caller's filter. */
export function eventConditions(reader: Reader, filter: EventFilter, bind: Bind): string[] {
  const where = tenantCondition(reader.scope, bind)
  const add = (condition: (placeholder: string) => string, value: SqlValue | undefined) => {
    if (value !== undefined) where.push(condition(bind(value)))
  }
  add((v) => `e.tenant_id = (select id from tenants where owner_id = ${v}::uuid)`, filter.user_id)
  // Rare values in the log are indexed by tenant; without such a filter the index of the store is better.
  const isRare = filter.status !== undefined || filter.event_type !== undefined || filter.success !== undefined
  if (isRare) add((v) => `e.tenant_id = (select tenant_id from stores where id = ${v}::bigint)`, filter.store_id)
  add((v) => `e.store_id = ${v}::bigint`, filter.store_id)
  add((v) => `e.external_product_id = ${v}::bigint`, filter.woo_product_id)
  if (filter.event_type !== undefined) where.push(isWord('e.event_type', filter.event_type))
  if (filter.status !== undefined) where.push(isWord('e.status', filter.status))
  if (filter.success === true) where.push(`e.status in ('processed', 'superseded')`)
  if (filter.success === false) where.push(`e.status = 'dead'`)
  return where
}

/**
 * Writes the word into the statement instead of binding it: a generic plan cannot use a partial index of one word (2.4 s instead of
 * 20 ms for a few open events among a million). The request schema allows only our own words.
 */
function isWord(column: string, word: (typeof EVENT_TYPES)[number] | (typeof EVENT_STATUSES)[number]): string {
  return `${column} = '${word}'`
}

/** Condition for the events `e` in the scope. */
export function tenantCondition(scope: TenantScope, bind: Bind): string[] {
  return scope === EVERY_TENANT ? ['true'] : [`e.tenant_id = ${bind(scope)}::bigint`]
}

/**
 * The source of the events of a list. Events of one product, and of the products that a search finds, are looked up product by
 * product: otherwise the planner reads the log backwards by id until it has 50 matches.
 */
export async function eventsToList(
  db: Database,
  reader: Reader,
  filter: EventFilter & { search?: string },
  bind: Bind,
): Promise<string> {
  const search = filter.search?.trim()
  if (search) {
    const found = await findProducts(db, reader, search)
    const named = await findByEventId(db, reader, search)
    const products = [bind(found.map((one) => one.storeId)), bind(found.map((one) => one.productId))]
    const events = [bind(named.map((one) => one.storeId)), bind(named.map((one) => one.receivedAt))]
    return `(select * from (
        ${ofProducts(`unnest(${products[0]}::bigint[], ${products[1]}::bigint[])`)}
         union
        select n.* from unnest(${events[0]}::bigint[], ${events[1]}::timestamptz[]) as w (store_id, received_at)
          cross join lateral (select ${LISTED} from events
                               where received_at = w.received_at and store_id = w.store_id and event_id = ${bind(search)}) n) found)`
  }
  if (filter.woo_product_id === undefined) return 'events'
  const [tenant, store] = [bind(reader.tenantId), bind(filter.store_id ?? null)]
  return `(${ofProducts(`(select id, ${bind(filter.woo_product_id)}::bigint from stores
     where (${tenant}::bigint is null or tenant_id = ${tenant}) and (${store}::bigint is null or id = ${store}))`)})`
}

/** All columns except the payload, which is large. */
const LISTED = `id, received_at, tenant_id, store_id, event_id, event_type, source, external_product_id, version, status, outcome,
  attempts, next_attempt_at, error, processing_time_ms, processed_at, source_ip, user_agent`

function ofProducts(products: string): string {
  return `select n.* from ${products} as w (store_id, product_id)
           cross join lateral (select ${LISTED} from events
                                where store_id = w.store_id and external_product_id = w.product_id
                                order by version desc limit ${MAX_EVENTS_OF_PRODUCT}) n`
}

/** Shown products with these words, newest first, and the product with this number. */
async function findProducts(db: Database, reader: Reader, search: string) {
  const sql = db.inScope(reader.scope)
  const words = queryTokens(search)
  const number = normaliseText(search)
  const numbered = /^\d{1,15}$/.test(number)
    ? await sql.query<{ storeId: number; productId: number }>(
        'select id as "storeId", $2::bigint as "productId" from stores where $1::bigint is null or tenant_id = $1',
        [reader.tenantId, Number(number)],
      )
    : []
  if (words.length === 0) return numbered
  const named = await sql.query<{ storeId: number; productId: number }>(
    `select p.store_id as "storeId", p.external_product_id as "productId" from products p
      where ($1::bigint is null or p.tenant_id = $1) and p.external_product_id is not null and p.is_active
        and ${hasWords(reader.tenantId, '$2')}
      order by p.updated_at desc limit ${MAX_FOUND_PRODUCTS}`,
    [reader.tenantId, tsqueryLiteral(words, 'all')],
  )
  return [...named, ...numbered]
}

/** Event ids have no tenant column and no tenant role may read them: the look-up is restricted to the reader's stores. */
async function findByEventId(db: Database, reader: Reader, eventId: string) {
  return await db.service.query<{ storeId: number; receivedAt: string }>(
    `select i.store_id as "storeId", i.received_at::text as "receivedAt"
       from stores s cross join lateral (select * from event_ids where store_id = s.id and event_id = $2) i
      where ($1::bigint is null or s.tenant_id = $1)`,
    [reader.tenantId, eventId],
  )
}
