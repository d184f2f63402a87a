import type { WebhookEvent } from '../../ingest/event-schema.ts'
import { createCpuBudget } from '../../platform/runtime/cpu-budget.ts'
import type { OpenEvent } from '../event-log.ts'
import { type ProductState, readProduct } from './product-state.ts'

/** A hundred ordinary events take 30 ms of CPU, a single one up to 0.3 s. */
const CPU_BUDGET_MS = 200
/**
 * Maximum size of a transaction's writes, as counted by `weightOf`. An ordinary product weighs 10 to 30 kB; three products with
 * 20,000 different words each fit.
 */
const MAX_WEIGHT = 2_000_000

/** An event and the product that it describes; null for a deletion. */
export interface ComputedEvent {
  event: OpenEvent
  state: ProductState | null
}

export interface Computed {
  batch: ComputedEvent[]
  /** Events with an unreadable payload: each fails alone. */
  failed: { event: OpenEvent; error: unknown }[]
}

/**
 * Parses the payloads and computes the products before the transaction, because the embedded database has one connection and all
 * other work would wait. Ends early when the CPU budget or the maximum weight is reached; the rest stays open.
 */
export async function computeProducts(events: OpenEvent[]): Promise<Computed> {
  const batch: ComputedEvent[] = []
  const failed: Computed['failed'] = []
  const cpu = createCpuBudget(CPU_BUDGET_MS)
  let weight = 0
  for (const event of events) {
    try {
      const state = event.eventType === 'product.deleted' ? null : cpu.spend(() => readProductOf(event))
      weight += weightOf(state)
      if (batch.length > 0 && weight > MAX_WEIGHT) break
      batch.push({ event, state })
    } catch (error) {
      failed.push({ event, error })
    }
    if (cpu.isSpent()) break
    await cpu.yield()
  }
  return { batch, failed }
}

function readProductOf(event: OpenEvent): ProductState {
  const payload = JSON.parse(event.payload) as WebhookEvent
  return readProduct(payload.product, event.wordsStamp)
}

/** Bytes of a variant's row without its texts. */
const VARIANT_WEIGHT = 300
/** A byte of words costs the database more than a byte of text: words are sorted and also written to the index. */
const WORDS_WEIGHT = 3

function weightOf(state: ProductState | null): number {
  if (state === null) return 0
  const texts = state.name.length + state.short_description.length + state.description.length
  const lists = [
    state.categories,
    state.tags,
    state.gallery,
    ...state.attributes.map((attribute) => attribute.options),
    ...(state.category_paths ?? []),
    ...(state.image_details ?? []).map(({ url, alt }) => [url, alt]),
  ]
  const listed = lists.flat().reduce((sum, text) => sum + text.length, 0)
  const variants = state.variants.reduce(
    (sum, { attributes }) => sum + VARIANT_WEIGHT + JSON.stringify(attributes).length,
    0,
  )
  return texts + listed + variants + WORDS_WEIGHT * (state.lexemes?.length ?? 0) + (state.search_terms?.length ?? 0)
}
