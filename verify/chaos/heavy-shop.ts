import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../scripts/random.ts'
import { POISONS } from '../bench/poison-events.ts'
import type { Asker } from './answers.ts'
import type { Journal } from './journal.ts'
import type { ShopAccess } from './shop-client.ts'

/** Answers to the shop of heavy events. Their outcome is judged from the snapshot. */
export interface HeavyFigures {
  sent: number
  /** 400 or 413: too heavy to be taken, which is an answer. */
  refused: number
}

/** Far below what a body may have: these go on beside everything else, all the time. */
const BYTES = { variations: 60_000, words: 60_000, paragraphs: 150_000, tables: 150_000, numbers: 200_000 }
const BETWEEN_MS = 3_000
const BALLAST_BATCHES = 6
const BALLAST_BATCH_SIZE = 100
const BALLAST_BYTES = 15_000
const BALLAST_PRODUCT = 1_000
const BALLAST_SEED = 7
const WEBHOOK = '/api/integrations/woocommerce/webhook/'
const FIRST_VERSION = 1_762_732_800_000_000

/**
 * A tenant of its own sends events that are valid and cost much: each must be acknowledged or refused, and each acknowledged one must
 * end, as applied or as a dead letter. It has no model: its products are not compared.
 */
export async function sendHeavy(
  shop: ShopAccess,
  { asker, journal, isOver }: { asker: Asker; journal: Journal; isOver: () => boolean },
): Promise<HeavyFigures> {
  const figures: HeavyFigures = { sent: 0, refused: 0 }
  for (const { eventIds, body } of ballast()) {
    const { answer, tries } = await asker.askUntilAnswered({
      method: 'POST',
      path: `${WEBHOOK}batch/`,
      headers: { authorization: `Bearer ${shop.token}` },
      body,
    })
    if (answer.status === 202 && answer.body.rejected.length === 0)
      journal.note({ storeId: shop.storeId, status: answer.status, tries, events: eventIds })
    else journal.unexpected.push({ storeId: shop.storeId, kind: 'ballast', status: answer.status, body: answer.body })
  }
  while (!isOver()) {
    const text = heavyEvent(figures.sent)
    figures.sent += 1
    const { answer, tries } = await asker.askUntilAnswered({
      method: 'POST',
      path: WEBHOOK,
      headers: { authorization: `Bearer ${shop.token}` },
      body: text.body,
    })
    const { status, body } = answer
    if (status === 202 || status === 200) journal.note({ storeId: shop.storeId, status, tries, events: [text.eventId] })
    else if (status === 400 || status === 413) figures.refused += 1
    else journal.unexpected.push({ storeId: shop.storeId, kind: 'heavy', status, body })
    await delay(BETWEEN_MS)
  }
  return figures
}

/**
 * Six batches of 100 events of one product with 20 KB each that do not compress, in a field that the server stores and ignores.
 * With them a backup is larger than all buffers on its way, and has events in more than one piece, so that a reader who leaves
 * after 300 KB leaves the writer running.
 */
export function ballast(): { eventIds: string[]; body: string }[] {
  const random = createRandom(BALLAST_SEED)
  return Array.from({ length: BALLAST_BATCHES }, (_, batch) => {
    const numbers = Array.from({ length: BALLAST_BATCH_SIZE }, (_, at) => batch * BALLAST_BATCH_SIZE + at)
    const events = numbers.map((nth) => ({
      event_id: `ballast-${nth}`,
      event_type: 'product.updated',
      version: FIRST_VERSION + nth,
      source: 'backfill',
      product: { id: BALLAST_PRODUCT, name: 'Ballast' },
      unknown: Buffer.from(Array.from({ length: BALLAST_BYTES }, () => random.below(256))).toString('base64'),
    }))
    return { eventIds: events.map((event) => event.event_id), body: JSON.stringify({ events }) }
  })
}

/** The n-th heavy event: each kind in turn, ten products of each. */
export function heavyEvent(nth: number): { eventId: string; body: string } {
  const kinds = Object.keys(BYTES) as (keyof typeof BYTES)[]
  const at = nth % kinds.length
  const kind = kinds[at] ?? 'words'
  const eventId = `heavy-${String(nth).padStart(5, '0')}`
  const productId = 1 + at * 10 + (Math.floor(nth / kinds.length) % 10)
  return { eventId, body: POISONS[kind].write(nth, { eventId, version: FIRST_VERSION + nth, productId }, BYTES[kind]) }
}
