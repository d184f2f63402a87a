/**
 * The expected state of every product at the end, computed from the set of acknowledged events alone, without a line of the
 * server: the highest version wins, at equal versions a deletion, then the greater event id, in any order of arrival.
 */

/** An event as the campaign sends it. */
export interface ChaosEvent {
  event_id: string
  event_type: 'product.created' | 'product.updated' | 'product.deleted'
  /** Microseconds. Absent: the server takes `date_modified`. */
  version?: number
  source: 'live' | 'backfill'
  product: { id: number } | SentProduct
}

export interface SentProduct {
  id: number
  name: string
  description: string
  price: string
  stock_quantity: number
  status: 'publish' | 'draft'
  currency: string
  categories: string[]
  /** ISO, in UTC, to the millisecond. */
  date_modified: string
}

/** A product as it must be stored. A deleted one keeps its version; its other fields promise nothing. */
export type ModelProduct = { version: number; eventId: string } & (
  | { deleted: true }
  | { deleted: false; name: string; description: string; price: string; stock: number; isActive: boolean }
)

export type Model = Map<number, ModelProduct>

/** Takes one event of a store into account. The order of calls must not matter, and neither must a second call. */
export function takeIn(model: Model, event: ChaosEvent): void {
  const held = model.get(event.product.id)
  const said = productOf(event)
  if (held === undefined || wins(said, held)) model.set(event.product.id, said)
}

/** The version that orders an event, in microseconds. */
export function versionOf(event: ChaosEvent): number {
  if (event.version !== undefined) return event.version
  if (!('date_modified' in event.product)) throw new TypeError('an event without a version needs a date')
  return Date.parse(event.product.date_modified) * 1000
}

function productOf(event: ChaosEvent): ModelProduct {
  const order = { version: versionOf(event), eventId: event.event_id }
  const { product } = event
  if (event.event_type === 'product.deleted' || !('name' in product)) return { ...order, deleted: true }
  const { name, description, price, stock_quantity: stock, status } = product
  return { ...order, deleted: false, name, description, price, stock, isActive: status === 'publish' }
}

function wins(said: ModelProduct, held: ModelProduct): boolean {
  if (said.version !== held.version) return said.version > held.version
  if (said.deleted !== held.deleted) return said.deleted
  return said.eventId > held.eventId
}
