/** The states of a store. The owner sees exactly one of them, on every page. */
export const SYNC_STATES = ['paused', 'needs_attention', 'syncing', 'quiet', 'in_sync'] as const
export type SyncState = (typeof SYNC_STATES)[number]

/**
 * The causes of a state, in the order of precedence: the first cause that holds gives the state, and without a cause the store is in
 * sync. Decision 33 gives the reason of the order.
 */
const CAUSES = [
  ['tokens_ended', 'paused'],
  ['embedding_paused', 'paused'],
  ['products_failed', 'needs_attention'],
  ['plugin_trouble', 'needs_attention'],
  ['site_waits', 'needs_attention'],
  ['work_waits', 'syncing'],
  ['never_connected', 'quiet'],
  ['nothing_sent', 'quiet'],
  ['silent', 'quiet'],
] as const satisfies [string, SyncState][]
export type SyncCause = (typeof CAUSES)[number][0]
export const SYNC_CAUSES: readonly SyncCause[] = CAUSES.map(([cause]) => cause)

/** Days without a sign of life after which a store is quiet. */
export const QUIET_AFTER_DAYS = 3
/** Work that has not moved for this long counts as standing still. */
export const STILL_AFTER_SECONDS = 60
/** The number of waiting products in a plugin's report counts for this long, because a plugin that ends reports nothing more. */
export const WAITING_REPORT_MINUTES = 15

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** What the plugin of a store said last. */
export interface PluginFacts {
  reportedAt: Date
  /** The plugin cannot send until the owner acts. */
  isInTrouble: boolean
  /** Products that wait in the shop. */
  waiting: number
  /** Products of the first sync in progress; 0 outside one. */
  total: number
}

/** What is known of a store at one moment. Times come from the clock of the database, `now` included. */
export interface SyncFacts {
  now: Date
  /** False for a store without a plugin, such as one of the platform `manual`: it is expected to say nothing. */
  hasPlugin: boolean
  /** `none`: no token was made yet; `ended`: all of them are revoked or expired. */
  tokens: 'none' | 'valid' | 'ended'
  /** Another site used a token and waits for the owner's confirmation. */
  siteWaits: boolean
  /** Last sign of life: a use of a token, a report or an event; null before the first. */
  lastSignAt: Date | null
  /** An event was received at any time. */
  hasEvents: boolean
  plugin: PluginFacts | null
  /** Products that the shop shows. */
  products: number
  /** Products that will become shown products when their open events are applied. */
  newProducts: number
  /** Shown products without a text, or with a text that has no vector. */
  unsearchable: number
  /** Products with open work: an open event, or a text that is not searchable yet. */
  waiting: number
  /** The part of `waiting` with an open event, and the time of the oldest one. */
  waitingEvents: number
  oldestEventAt: Date | null
  /** The part of `waiting` with a text that is not searchable yet, and the time of the oldest one. */
  waitingTexts: number
  oldestTextAt: Date | null
  /** When the last event of the store ended. */
  lastEndedAt: Date | null
  /** The budget of the tenant refuses requests. */
  embeddingPaused: 'budget' | 'price_unknown' | null
  /** The last request to the embedding provider failed; null: there was no request for an hour. */
  providerFails: boolean | null
  providerAnsweredAt: Date | null
  /** Products that the AI does not find, or of which it knows an old version, until the owner or the operator acts. */
  failedProducts: number
  /** The same for pages of the shop. */
  failedPages: number
}

export interface SyncDecision {
  state: SyncState
  /** All causes that hold, in the order of precedence; the first one gave the state. */
  causes: SyncCause[]
  /** Products of the shop, as far as they are known. */
  total: number
  /** Products that will be current by themselves. */
  waiting: number
  attention: number
  /** Work waits and is moving. */
  isMoving: boolean
}

/** The one state of a store. A pure function: equal facts give equal states. */
export function decideSync(facts: SyncFacts): SyncDecision {
  const sending = waitingInShop(facts)
  const waiting = facts.waiting + sending
  const total = Math.max(
    facts.products + facts.newProducts,
    facts.plugin && sending > 0 ? facts.plugin.total : 0,
    waiting,
  )
  const holds: Record<SyncCause, boolean> = {
    tokens_ended: facts.hasPlugin && facts.tokens === 'ended',
    embedding_paused: facts.embeddingPaused !== null && facts.waitingTexts > 0,
    products_failed: facts.failedProducts + facts.failedPages > 0,
    plugin_trouble: facts.hasPlugin && isInTrouble(facts),
    site_waits: facts.hasPlugin && facts.siteWaits,
    work_waits: waiting > 0,
    never_connected: facts.hasPlugin && facts.lastSignAt === null && !facts.hasEvents && facts.products === 0,
    nothing_sent: facts.hasPlugin && facts.lastSignAt !== null && !facts.hasEvents && facts.products === 0,
    silent: facts.hasPlugin && isSilent(facts),
  }
  const found = CAUSES.filter(([cause]) => holds[cause])
  return {
    state: found[0]?.[1] ?? 'in_sync',
    causes: found.map(([cause]) => cause),
    total,
    waiting,
    attention: facts.failedProducts,
    isMoving: waiting > 0 && (eventsMove(facts) || textsMove(facts) || sending > 0),
  }
}

/** Products that wait in the shop, of a report that is young enough. */
function waitingInShop({ hasPlugin, plugin, now }: SyncFacts): number {
  if (!hasPlugin || !plugin || plugin.isInTrouble) return 0
  return now.getTime() - plugin.reportedAt.getTime() <= WAITING_REPORT_MINUTES * MINUTE_MS ? plugin.waiting : 0
}

/** A report of a plugin that says nothing more is not believed: the store is quiet then. */
function isInTrouble({ plugin, now }: SyncFacts): boolean {
  return plugin?.isInTrouble === true && now.getTime() - plugin.reportedAt.getTime() <= QUIET_AFTER_DAYS * DAY_MS
}

function isSilent({ lastSignAt, hasEvents, products, now }: SyncFacts): boolean {
  if (lastSignAt === null) return hasEvents || products > 0
  return now.getTime() - lastSignAt.getTime() > QUIET_AFTER_DAYS * DAY_MS
}

function isYoung(at: Date | null, now: Date): boolean {
  return at !== null && now.getTime() - at.getTime() <= STILL_AFTER_SECONDS * SECOND_MS
}

function eventsMove({ waitingEvents, oldestEventAt, lastEndedAt, now }: SyncFacts): boolean {
  return waitingEvents > 0 && (isYoung(oldestEventAt, now) || isYoung(lastEndedAt, now))
}

function textsMove(facts: SyncFacts): boolean {
  const { waitingTexts, embeddingPaused, providerFails, providerAnsweredAt, oldestTextAt, now } = facts
  if (waitingTexts === 0 || embeddingPaused !== null || providerFails === true) return false
  return isYoung(oldestTextAt, now) || isYoung(providerAnsweredAt, now)
}

/** The strongest state of several stores. */
export function strongestState(states: SyncState[]): SyncState {
  return SYNC_STATES.find((state) => states.includes(state)) ?? 'in_sync'
}
