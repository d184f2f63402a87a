import { type Static, Type } from 'typebox'
import { pauseSentence } from '../knowledge/cost/budget-routes.ts'
import type { Database } from '../platform/db/database.ts'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import type { Language } from '../platform/i18n.ts'
import { viewPlugin } from '../plugin-api/plugin-report.ts'
import type { Scope } from '../tenants/scope.ts'
import { readProviderFacts, readSyncFacts, type StoreFacts } from './sync-facts.ts'
import { decideSync, SYNC_CAUSES, SYNC_STATES, type SyncState, strongestState } from './sync-machine.ts'
import { type SyncSum, syncSentence, syncSumSentence } from './sync-sentences.ts'

const SYNC_FIELDS = {
  state: oneOf(SYNC_STATES, {
    description:
      'paused: nothing continues before an action of the owner or the operator; needs_attention: products failed, or the plugin cannot send; syncing: work waits that ends by itself; quiet: no sign of life; in_sync: everything is searchable',
  }),
  products: Type.Integer({ description: 'products that the shop shows' }),
  total: Type.Integer({ description: 'products of the shop as far as they are known, those of a first sync included' }),
  searchable: Type.Integer({ description: 'products that are searchable with all their current text' }),
  waiting: Type.Integer({ description: 'products with work that ends by itself' }),
  attention: Type.Integer({ description: 'products that need an action: see unfindable' }),
  moving: Type.Boolean({ description: 'work waits, and some of it was done in the last minute' }),
  last_change_at: nullable(time('the last change of a product that was applied')),
  median_seconds_to_searchable: nullable(
    Type.Number({ description: 'median from acknowledged to searchable, of the newest changes; null without one' }),
  ),
  sentence: Type.String({ description: 'the state, its meaning and the next step, in the language of the reader' }),
}

/** The state of a store as one sentence with its figures: the same in every answer. */
export const StoreSync = component(
  'StoreSync',
  Type.Object({
    ...SYNC_FIELDS,
    causes: Type.Array(oneOf(SYNC_CAUSES), { description: 'the reasons of the state, the decisive one first' }),
  }),
)
export type StoreSync = Static<typeof StoreSync>

/** The same for all stores of a scope. */
export const SyncSummary = component(
  'SyncSummary',
  Type.Object({
    ...SYNC_FIELDS,
    stores: Type.Object(
      {
        paused: Type.Integer(),
        needs_attention: Type.Integer(),
        syncing: Type.Integer(),
        quiet: Type.Integer(),
        in_sync: Type.Integer(),
      },
      { description: 'number of stores by state' },
    ),
  }),
)
export type SyncSummary = Static<typeof SyncSummary>

/** A store with its state, for lists. */
export const StoreInState = component(
  'StoreInState',
  Type.Object({ id: Type.Integer(), name: Type.String(), sync: StoreSync }),
)
export type StoreInState = Static<typeof StoreInState>

/** The state of one store, and the facts behind it. */
export interface ReadSync extends StoreFacts {
  sync: StoreSync
}

/**
 * The states of stores, by id: of `storeIds`, of the store of the scope, or of all its stores. Stores that are deleted or belong to
 * another tenant are absent.
 */
export async function readSync(
  db: Pick<Database, 'service'>,
  { sql, tenantId, storeId }: Pick<Scope, 'tenantId' | 'storeId'> & { sql: Pick<Scope['sql'], 'query'> },
  language: Language,
  storeIds: number[] | null = storeId === null ? null : [storeId],
): Promise<Map<number, ReadSync>> {
  if (storeIds?.length === 0) return new Map()
  const provider = await readProviderFacts(db.service)
  const stores = await readSyncFacts(sql, { tenantId, storeIds }, provider)
  return new Map(stores.map((store) => [store.id, { ...store, sync: viewSync(store, language) }]))
}

/** The answer about one store. */
function viewSync(store: StoreFacts, language: Language): StoreSync {
  const { facts, plugin, lastChangeAt, secondsToSearchable } = store
  const decision = decideSync(facts)
  const medianSeconds = medianOf(secondsToSearchable)
  const details = {
    lastChangeAt,
    medianSeconds,
    pluginSentence: viewPlugin(plugin, language, facts.now)?.message ?? null,
    pauseSentence: pauseSentence({ pausedReason: facts.embeddingPaused }, language),
  }
  return {
    state: decision.state,
    products: facts.products,
    total: decision.total,
    searchable: Math.max(0, facts.products - facts.unsearchable),
    waiting: decision.waiting,
    attention: decision.attention,
    moving: decision.isMoving,
    last_change_at: lastChangeAt,
    median_seconds_to_searchable: medianSeconds,
    sentence: syncSentence(facts, decision, details, language),
    causes: decision.causes,
  }
}

/** All stores as one; null without stores. A single store keeps its own sentence. */
export function sumSync(stores: ReadSync[], language: Language): SyncSummary | null {
  const [first] = stores
  if (!first) return null
  const syncs = stores.map(({ sync }) => sync)
  const sum = (of: (sync: StoreSync) => number) => syncs.reduce((total, sync) => total + of(sync), 0)
  const byState = Object.fromEntries(
    SYNC_STATES.map((state) => [state, syncs.filter((sync) => sync.state === state).length]),
  ) as Record<SyncState, number>
  const changes = syncs.flatMap(({ last_change_at: at }) => (at ? [at.getTime()] : []))
  const figures = {
    products: sum((sync) => sync.products),
    total: sum((sync) => sync.total),
    waiting: sum((sync) => sync.waiting),
    attention: sum((sync) => sync.attention),
    lastChangeAt: changes.length > 0 ? new Date(Math.max(...changes)) : null,
    medianSeconds: medianOf(stores.flatMap(({ secondsToSearchable }) => secondsToSearchable)),
  }
  const forSentence: SyncSum = {
    ...figures,
    stores: stores.length,
    byState,
    failedPages: stores.reduce((total, { facts }) => total + facts.failedPages, 0),
    now: first.facts.now,
  }
  return {
    state: strongestState(syncs.map(({ state }) => state)),
    products: figures.products,
    total: figures.total,
    searchable: sum((sync) => sync.searchable),
    waiting: figures.waiting,
    attention: figures.attention,
    moving: syncs.some(({ moving }) => moving),
    last_change_at: figures.lastChangeAt,
    median_seconds_to_searchable: figures.medianSeconds,
    sentence: stores.length === 1 ? first.sync.sentence : syncSumSentence(forSentence, language),
    stores: byState,
  }
}

/** The median with one decimal. */
function medianOf(values: number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
  return Math.max(0, Math.round(median * 10) / 10)
}
