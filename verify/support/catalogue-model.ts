/**
 * The expected catalogue, in the simplest form: of all events of a product the greatest counts. It shares no line with the
 * product's own code, and it has no batches, orders or crashes.
 */

export interface ModelProduct {
  id: number
  name: string
  description: string
  price: string
  stock_quantity: number
  status: 'publish' | 'draft'
}

export interface ModelEvent {
  event_id: string
  event_type: 'product.created' | 'product.updated' | 'product.deleted'
  version: number
  source: 'live' | 'backfill'
  product: ModelProduct | { id: number }
}

/** A product's row as it must be once everything is applied. */
export interface ExpectedProduct {
  name: string
  price: string | null
  stock_quantity: string | null
  is_active: boolean
  is_deleted: boolean
  version: number
  event_id: string
}

const isDelete = (event: ModelEvent) => event.event_type === 'product.deleted'

/** Compares two events of one product: the higher version, at equal versions a deletion, then the greater id. */
function compare(a: ModelEvent, b: ModelEvent): number {
  if (a.version !== b.version) return a.version - b.version
  if (isDelete(a) !== isDelete(b)) return isDelete(a) ? 1 : -1
  return a.event_id < b.event_id ? -1 : 1
}

function greatest(events: ModelEvent[]): ModelEvent | undefined {
  return events.toSorted(compare).at(-1)
}

/** One product after these events, in any order; undefined: no event, no row. */
export function expectedProduct(events: ModelEvent[]): ExpectedProduct | undefined {
  const winner = greatest(events)
  if (!winner) return undefined
  // A tombstone keeps the texts of the newest update.
  const described = greatest(events.filter((event) => !isDelete(event)))?.product as ModelProduct | undefined
  return {
    name: described?.name ?? '',
    price: described?.price ?? null,
    stock_quantity: described === undefined ? null : String(described.stock_quantity),
    is_active: !isDelete(winner) && described?.status === 'publish',
    is_deleted: isDelete(winner),
    version: winner.version,
    event_id: winner.event_id,
  }
}

/** The outcome of each event of one product, when they are applied in this order. */
export function expectedOutcomes(applied: ModelEvent[]): string[] {
  return applied.map((event, place) => {
    const before = greatest(applied.slice(0, place))
    if (before && compare(event, before) < 0) return 'superseded'
    if (isDelete(event)) return 'deleted'
    if (!before || isDelete(before)) return 'created'
    const [old, now] = [before.product as ModelProduct, event.product as ModelProduct]
    if (old.name !== now.name || old.description !== now.description) return 'content_updated'
    const isSame = old.price === now.price && old.stock_quantity === now.stock_quantity && old.status === now.status
    return isSame ? 'unchanged' : 'metadata_updated'
  })
}
