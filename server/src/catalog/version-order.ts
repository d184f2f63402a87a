import type { ProductState } from './product-state.ts'

/** What orders the events of one product. */
export interface EventOrder {
  version: number
  /** False: the shop gave no version, ours is derived. */
  isVersioned: boolean
  eventId: string
  isDelete: boolean
}

/** A product as it is stored: which event it stands at, and the texts it holds. */
export interface StoredProduct<State extends Hashes = Hashes> extends EventOrder {
  /** Which event the texts come from; a tombstone keeps those of the newest update before it. */
  contentVersion: number
  contentEventId: string
  /** null: never described, a tombstone of something unknown. */
  state: State | null
}

type Hashes = Pick<ProductState, 'content_hash' | 'state_hash'>

export type Outcome = 'created' | 'content_updated' | 'metadata_updated' | 'unchanged' | 'deleted' | 'superseded'

export interface Decision {
  outcome: Outcome
  /** What the product is afterwards; null when nothing changes. */
  next: StoredProduct | null
}

/**
 * Decides what an event does to a product. For versioned events the result depends on the set of events alone and not
 * on their order: the highest version wins; at equal versions a deletion wins, then the greater event id. Where one of
 * the two carries no version, the later arrival wins a tie.
 *
 * A tombstone is a product with `isDelete`: an older update does not revive it (it only leaves its texts there, so that
 * the tombstone, too, is the same in every order), a newer one does.
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
