import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, Asker } from './answers.ts'
import type { Journal } from './journal.ts'
import type { PlannedRequest } from './shop-script.ts'

export interface ShopAccess {
  tenant: number
  storeId: number
  token: string
}

/** Requests of one shop under way at once: what overtakes what is left to chance, and must not matter. */
const LANES = 3
const PACE_POLL_MS = 40
const WEBHOOK = '/api/integrations/woocommerce/webhook/'

/**
 * Sends a shop's whole script, each request until it has an answer, and writes down what was confirmed. `releasedShare`
 * says how far the load may have come by now (0 to 1), so that it lasts as long as the faults do.
 */
export async function playScript(
  shop: ShopAccess,
  script: PlannedRequest[],
  parts: { asker: Asker; journal: Journal; releasedShare: () => number },
): Promise<void> {
  const { journal, asker } = parts
  let next = 0
  const lane = async () => {
    for (;;) {
      const at = next
      const request = script[at]
      if (!request) return
      next += 1
      while (at / script.length > parts.releasedShare()) await delay(PACE_POLL_MS)
      for (const eventId of request.after) await journal.acknowledged(shop.storeId, eventId)
      await sendUntilSettled(shop, request, asker, journal)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function sendUntilSettled(
  shop: ShopAccess,
  request: PlannedRequest,
  asker: Asker,
  journal: Journal,
): Promise<void> {
  const known = request.events.filter((event) => journal.isAcknowledged(shop.storeId, event.event_id)).length
  const order = {
    method: 'POST' as const,
    path: request.isBatch ? `${WEBHOOK}batch/` : WEBHOOK,
    headers: { authorization: `Bearer ${shop.token}` },
    body: JSON.stringify(request.isBatch ? { events: request.events } : request.events[0]),
  }
  let accepted = 0
  for (;;) {
    const copies = request.isTwin ? [order, order] : [order]
    const answers = await Promise.all(copies.map((copy) => asker.askUntilAnswered(copy)))
    const outcomes = answers.map(({ answer, tries }) => {
      const outcome = read(answer, request)
      accepted += outcome.accepted
      if (request.kind !== 'conflict' && answer.status < 300) {
        const events = request.events.filter((_, at) => !outcome.refused.has(at)).map((event) => event.event_id)
        journal.note({ storeId: shop.storeId, status: answer.status, tries, events })
      }
      if (!outcome.isExpected) {
        const { status, body } = answer
        journal.unexpected.push({ storeId: shop.storeId, kind: request.kind, status, body })
      }
      return outcome
    })
    if (request.kind !== 'conflict' && accepted > request.events.length - known) {
      journal.acceptedTwice.push(...request.events.map((event) => `${shop.storeId} ${event.event_id}`))
    }
    if (request.kind === 'conflict' || outcomes.every((outcome) => outcome.isExpected)) return
    const refusal = answers.find(({ answer }) => answer.status >= 400)?.answer
    // An event that was refused for no reason of its own is sent again, unless it looks as if that would go on for ever.
    if (refusal) throw new Error(`a shop was answered ${refusal.status}: ${JSON.stringify(refusal.body)}`)
    await delay(PACE_POLL_MS)
  }
}

/** Reads an answer: number of new events, refused events, and if the answer is the expected one. */
function read(
  { status, body }: Answer,
  { isBatch, kind, events }: PlannedRequest,
): { accepted: number; refused: Set<number>; isExpected: boolean } {
  if (!isBatch) {
    const isConflict = status === 409 && body.error === 'event_id_conflict'
    const isTaken = (status === 202 && body.status === 'accepted') || (status === 200 && body.status === 'skipped')
    return {
      accepted: status === 202 ? 1 : 0,
      refused: new Set(status >= 300 ? [0] : []),
      isExpected: kind === 'conflict' ? isConflict : isTaken,
    }
  }
  const rejected: { index: number; error: string }[] = body.rejected ?? []
  const isConflict = rejected.length === events.length && rejected.every((entry) => entry.error === 'event_id_conflict')
  return {
    accepted: body.accepted ?? 0,
    refused: new Set(rejected.map((entry) => entry.index)),
    isExpected: status === 202 && (kind === 'conflict' ? isConflict : rejected.length === 0),
  }
}
