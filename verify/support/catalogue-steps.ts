/** The possible actions of a shop, as data that fast-check creates and shrinks, and their execution. */
import fc from 'fast-check'
import type { ModelEvent, ModelProduct } from './catalogue-model.ts'
import type { CrashingServer } from './crashing-server.ts'
import { type Answer, call, type TestServer, waitFor } from './test-server.ts'

const ACTS = {
  create: 4,
  edit: 4,
  price: 4,
  stock: 4,
  hide: 2,
  delete: 4,
  restore: 4,
  /** An event that carries an older version than one sent before. */
  reorder: 5,
  /** Three changes of a product in one batch, the newest first. */
  reversedBatch: 2,
  /** One event again, as it was. */
  duplicate: 3,
  /** An id that was used before, with another body. */
  sameIdOtherBody: 2,
  /** The last five events again, in one batch. */
  redeliver: 2,
  /** An event that fails by itself, so that it becomes a dead letter. */
  poison: 1,
  replay: 2,
}

export interface Step {
  act: keyof typeof ACTS | 'crash'
  product: number
  /** A price, a stock, a text. */
  value: number
  /** The earlier event that it concerns. */
  pick: number
  backfill: boolean
}

const detail = {
  product: fc.integer({ min: 1, max: 3 }),
  value: fc.nat({ max: 9 }),
  pick: fc.nat({ max: 49 }),
  backfill: fc.boolean(),
}

/** At most 50 steps. A crash costs half a second, so it is one step in five hundred. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    ...Object.entries(ACTS).map(([act, weight]) => ({
      weight: weight * 12,
      arbitrary: fc.record({ act: fc.constant(act as keyof typeof ACTS), ...detail }),
    })),
    { weight: 1, arbitrary: fc.record({ act: fc.constant('crash' as const), ...detail }) },
  ),
  { maxLength: 50, size: 'max' },
)

/** A shop that remembers what it sent, and what of that cannot be applied. */
export interface ModelShop {
  token: string
  storeId: number
  sent: ModelEvent[]
  /** Ids of events that fail until they are cured. */
  poisoned: Set<string>
}

/** On a busy machine twenty shops with their dead letters take a while; what takes this long is stuck. */
export const PATIENCE_MS = 120_000

const WEBHOOK = '/api/integrations/woocommerce/webhook/'
const EVENTS = '/api/v1/integrations/woocommerce/events/'
const TEXTS = ['red', 'green', 'blue', 'wool', 'silk', 'warm', 'light', 'small', 'large', 'old']

/** Does one step, unless it makes no sense now (nothing to restore, nothing to repeat). @throws {Error} an unexpected answer */
export async function take(step: Step, shop: ModelShop, server: CrashingServer): Promise<void> {
  const latest = shop.sent.findLast((event) => event.product.id === step.product)
  const exists = latest !== undefined && latest.event_type !== 'product.deleted'
  const described = (latest && 'name' in latest.product ? latest.product : undefined) as ModelProduct | undefined
  const picked = shop.sent[step.pick % Math.max(1, shop.sent.length)]
  const text = TEXTS[step.value] ?? ''
  const product: ModelProduct = described ?? {
    id: step.product,
    name: `Model ${text}`,
    description: 'Made for a model.',
    price: '5',
    stock_quantity: 3,
    status: 'publish',
  }
  const newest = Math.max(0, ...shop.sent.map((event) => event.version))
  const event = (changed: ModelEvent['product'], more: Partial<ModelEvent> = {}): ModelEvent => ({
    // Greater ids are not always the later ones.
    event_id: `${'qaz'[shop.sent.length % 3]}${shop.sent.length}`,
    event_type: 'product.updated',
    version: newest + 10,
    source: step.backfill ? 'backfill' : 'live',
    product: changed,
    ...more,
  })
  const send = async (made: ModelEvent) => {
    expectAnswer(await deliver(server, shop, WEBHOOK, made), [202], made)
    shop.sent.push(made)
  }
  switch (step.act) {
    case 'create':
      if (!latest) await send(event(product, { event_type: 'product.created' }))
      return
    case 'edit':
      if (exists) await send(event({ ...product, name: `Model ${text}` }))
      return
    case 'price':
      if (exists) await send(event({ ...product, price: String(step.value) }))
      return
    case 'stock':
      if (exists) await send(event({ ...product, stock_quantity: step.value - 2 }))
      return
    case 'hide':
      if (exists) await send(event({ ...product, status: 'draft' }))
      return
    case 'delete':
      await send(event({ id: step.product }, { event_type: 'product.deleted' }))
      return
    case 'restore':
      if (latest && !exists) await send(event(product, { event_type: 'product.created' }))
      return
    case 'reorder':
      if (picked) {
        const version = Math.max(0, picked.version - (step.value % 3))
        const late = step.value < 4 ? { event_type: 'product.deleted' as const } : {}
        const body = step.value < 4 ? { id: picked.product.id } : { ...product, id: picked.product.id }
        await send(event(body, { version, ...late }))
      }
      return
    case 'reversedBatch': {
      const made = [3, 2, 1].map((place) =>
        event(
          { ...product, price: String(place) },
          { event_id: `b${shop.sent.length + place}-${place}`, version: newest + 10 * place },
        ),
      )
      const answer = await deliver(server, shop, `${WEBHOOK}batch/`, { events: made })
      expectAnswer(answer, [202], made, { rejected: [] })
      shop.sent.push(...made)
      return
    }
    case 'duplicate':
      if (picked) expectAnswer(await deliver(server, shop, WEBHOOK, picked), [200], picked, { status: 'skipped' })
      return
    case 'sameIdOtherBody':
      if (picked) {
        const other = { ...picked, product: { ...picked.product, sku: 'another' } }
        expectAnswer(await deliver(server, shop, WEBHOOK, other), [409], other, { error: 'event_id_conflict' })
      }
      return
    case 'redeliver':
      if (picked) {
        const again = shop.sent.slice(-5)
        const answer = await deliver(server, shop, `${WEBHOOK}batch/`, { events: again })
        expectAnswer(answer, [202], again, { accepted: 0, skipped: again.length, rejected: [] })
      }
      return
    case 'poison': {
      const made = event({ ...product, price: '666' })
      shop.poisoned.add(made.event_id)
      await sqlOf(server, 'insert into poison values ($1, $2) on conflict do nothing', [shop.storeId, made.event_id])
      await send(made)
      return
    }
    case 'replay':
      if (picked) await replay(picked, shop, server)
      return
    case 'crash': {
      const made = event(product)
      const [answer] = await Promise.all([deliver(server, shop, WEBHOOK, made), crashAfter(step.pick, server)])
      expectAnswer(answer, [202], made)
      shop.sent.push(made)
    }
  }
}

/** So many turns of the event loop from now: while an event is on its way, stored, committed, applied or embedded. */
async function crashAfter(turns: number, server: CrashingServer): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  await server.crash()
}

/** A dead letter that is cured and replayed is applied after all; anything else cannot be replayed. */
async function replay(picked: ModelEvent, shop: ModelShop, server: CrashingServer): Promise<void> {
  const [row] = await sqlOf<{ id: number }>(server, 'select id from events where store_id = $1 and event_id = $2', [
    shop.storeId,
    picked.event_id,
  ])
  const path = `${EVENTS}${row?.id}/replay/`
  if (!shop.poisoned.has(picked.event_id)) {
    const refused = await untilDone(server, (now) => now.admin('POST', path, {}))
    expectAnswer(refused, [409], picked, { error: 'not_a_dead_letter' })
    return
  }
  const isDead = async () => {
    const [event] = await sqlOf<{ status: string }>(server, 'select status from events where id = $1', [row?.id ?? 0])
    return event?.status === 'dead'
  }
  await waitFor(`${picked.event_id} to be a dead letter`, isDead, PATIENCE_MS)
  await sqlOf(server, 'delete from poison where store_id = $1 and event_id = $2', [shop.storeId, picked.event_id])
  const before = server.crashes()
  const answer = await untilDone(server, (now) => now.admin('POST', path, {}))
  // A replay whose answer was lost has happened, or happens now.
  expectAnswer(answer, server.crashes() === before ? [202] : [202, 409], picked)
  shop.poisoned.delete(picked.event_id)
}

/** Sends until there is an answer, as a shop does: the same event again when the server went away. */
async function deliver(server: CrashingServer, shop: ModelShop, path: string, body: object): Promise<Delivered> {
  const before = server.crashes()
  const answer = await untilDone(server, (now) =>
    call(now.url, 'POST', path, { authorization: `Bearer ${shop.token}` }, body),
  )
  return Object.assign(answer, { wasInterrupted: server.crashes() !== before })
}

type Delivered = Answer & { wasInterrupted?: boolean }

/** SQL of the test itself; a crash in the middle of it is no result. */
async function sqlOf<Row>(server: CrashingServer, text: string, values: (string | number)[]): Promise<Row[]> {
  return await untilDone(server, (now) => now.sql<Row>(text, values))
}

async function untilDone<T>(server: CrashingServer, work: (now: TestServer) => Promise<T>): Promise<T> {
  for (;;) {
    const result = await server.attempt(work)
    if (result !== null) return result
  }
}

function expectAnswer(answer: Delivered, statuses: number[], about: unknown, body: object = {}): void {
  // After a lost answer a new event may be known already, and of a batch some or all.
  const isTaken = (status: number) => status === 200 || status === 202
  if (answer.wasInterrupted && isTaken(answer.status) && statuses.some(isTaken)) return
  const isAsExpected =
    statuses.includes(answer.status) &&
    Object.entries(body).every(([key, value]) => JSON.stringify(answer.body[key]) === JSON.stringify(value))
  if (isAsExpected) return
  throw new Error(
    `answered ${answer.status} ${JSON.stringify(answer.body)}, expected ${statuses.join(' or ')} ${JSON.stringify(body)}
for ${JSON.stringify(about)}`,
  )
}
