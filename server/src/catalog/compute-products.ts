import type { WebhookEvent } from '../ingest/event-schema.ts'
import { createCpuBudget } from '../platform/cpu-budget.ts'
import type { OpenEvent } from './event-log.ts'
import { type ProductState, readProduct } from './product-state.ts'

/** A hundred ordinary events take 30 ms of CPU, one event up to 0.3 s. */
const CPU_BUDGET_MS = 200
/**
 * Size of what one transaction writes, as `weightOf` counts it. An ordinary product weighs 10 to 30 kB. Of products with 20,000 different
 * words each, three fit.
 */
const MAX_WEIGHT = 2_000_000

/** An event with the product that it describes; null for a deletion. */
export interface ComputedEvent {
  event: OpenEvent
  state: ProductState | null
}

export interface Computed {
  batch: ComputedEvent[]
  /** Events whose own payload cannot be read: each failed by itself. */
  failed: { event: OpenEvent; error: unknown }[]
}

/**
 * Parses the payloads and computes the products, outside of any transaction: on the embedded database there is one connection, and
 * everything else would wait. Ends early when the CPU budget or the weight of the batch is used up; what is left stays open.
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
  return readProduct(payload.product)
}

/** Bytes of a row of variants beside its texts, and of one of their attributes. */
const VARIANT_WEIGHT = 300
/** A word costs the database more than a byte of text: it is sorted, and written to the index of words as well. */
const WORDS_WEIGHT = 3

function weightOf(state: ProductState | null): number {
  if (state === null) return 0
  const texts = state.name.length + state.short_description.length + state.description.length
  const lists = [state.categories, state.tags, state.gallery, ...state.attributes.map((attribute) => attribute.options)]
  const listed = lists.flat().reduce((sum, text) => sum + text.length, 0)
  const variants = state.variants.reduce(
    (sum, { attributes }) => sum + VARIANT_WEIGHT + JSON.stringify(attributes).length,
    0,
  )
  return texts + listed + variants + WORDS_WEIGHT * state.lexemes.length
}
