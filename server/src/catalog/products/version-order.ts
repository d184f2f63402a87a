import type { ProductState } from './product-state.ts'

/** The order of the events of one product. */
export interface EventOrder {
  version: number
  /** False: the shop sent no version, and the server derived one. */
  isVersioned: boolean
  eventId: string
  isDelete: boolean
}

/** A stored product: the event that it is based on, and its texts. */
export interface StoredProduct<State extends Hashes = Hashes> extends EventOrder {
  /** The event of the texts; a tombstone keeps those of the newest update before it. */
  contentVersion: number
  contentEventId: string
  /** null: never described, a tombstone of an unknown product. */
  state: State | null
}

type Hashes = Pick<ProductState, 'content_hash' | 'state_hash'>

export type Outcome = 'created' | 'content_updated' | 'metadata_updated' | 'unchanged' | 'deleted' | 'superseded'

export interface Decision {
  outcome: Outcome
  /** The product afterwards; null when nothing changes. */
  next: StoredProduct | null
}

/**
 * Decides the effect of an event on a product. For versioned events the result depends only on the set of events, not on their
 * order: the highest version wins; at equal versions a deletion wins, then the greater event id. If one of the two has no version,
 * the later arrival wins a tie.
 * A tombstone is a product with `isDelete`: a newer update revives it. An older update does not; it only stores its texts, so that
 * the tombstone is independent of the order as well.
 */
export function decide(stored: StoredProduct | null, event: EventOrder, state: ProductState | null): Decision {
  if (stored !== null && !isNewer(event, stored)) {
    const leavesTexts = stored.isDelete && state !== null && isNewerContent(event, stored)
    return { outcome: 'superseded', next: leavesTexts ? { ...stored, ...contentOf(event, state) } : null }
  }
  if (event.isDelete) {
    const content = stored ?? { contentVersion: -1, contentEventId: '', state: null }
    return { outcome: 'deleted', next: { ...content, ...event } }
  }
  if (state === null) throw new TypeError('an update needs a product')
  return { outcome: outcomeOf(stored, state), next: { ...event, ...contentOf(event, state) } }
}

function isNewer(event: EventOrder, stored: EventOrder): boolean {
  if (event.version !== stored.version) return event.version > stored.version
  if (event.isDelete !== stored.isDelete) return event.isDelete
  if (!event.isVersioned || !stored.isVersioned) return true
  return event.eventId > stored.eventId
}

function isNewerContent(event: EventOrder, stored: StoredProduct): boolean {
  if (event.version !== stored.contentVersion) return event.version > stored.contentVersion
  return event.eventId > stored.contentEventId
}

function contentOf(
  event: EventOrder,
  state: ProductState,
): Pick<StoredProduct, 'contentVersion' | 'contentEventId' | 'state'> {
  return { contentVersion: event.version, contentEventId: event.eventId, state }
}

function outcomeOf(stored: StoredProduct | null, state: ProductState): Outcome {
  if (stored === null || stored.isDelete || stored.state === null) return 'created'
  if (stored.state.content_hash !== state.content_hash) return 'content_updated'
  return stored.state.state_hash === state.state_hash ? 'unchanged' : 'metadata_updated'
}
