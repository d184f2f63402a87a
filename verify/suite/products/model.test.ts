/**
 * For any actions of a shop, any order of arrival and any crash of the server: in the end the catalogue equals the model's
 * (catalogue-model.ts), and every event had its effect once.
 *
 * Each run is a store of its own with up to 50 steps; twenty stores run side by side, as in production. `npm run model` runs
 * 2,000 of them, or repeats one that failed.
 */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectedOutcomes, expectedProduct, type ModelEvent } from '../../support/catalogue-model.ts'
import { type ModelShop, PATIENCE_MS, type Step, steps, take } from '../../support/catalogue-steps.ts'
import { type CrashingServer, startCrashingServer } from '../../support/crashing-server.ts'
import { databaseKind } from '../../support/test-server.ts'

const SIDE_BY_SIDE = 20
/** A transaction of the embedded database costs several times as much. */
const RUNS = Number(process.env.MODEL_RUNS ?? (databaseKind === 'embedded' ? 20 : 180))
const given = { seed: process.env.MODEL_SEED, path: process.env.MODEL_PATH }

let server: CrashingServer

beforeAll(async () => {
  server = await startCrashingServer({})
  const sql = server.now().sql
  await sql('create table poison (store_id bigint, event_id text, primary key (store_id, event_id))')
  await sql(`create function refuse_poison() returns trigger language plpgsql security definer as $$
    begin
      if new.outcome is not null and exists
        (select from poison p where p.store_id = new.store_id and p.event_id = new.event_id)
      then raise exception 'this event is poisoned'; end if;
      return new;
    end $$`)
  await sql('create trigger poison before update on events for each row execute function refuse_poison()')
})
afterAll(() => server?.stop())

interface ProductRow {
  store_id: number
  external_id: string
  searchable_version: number | null
}

interface EventRow {
  store_id: number
  event_id: string
  status: string
  outcome: string | null
  attempts: number
}

/** Runs each list of steps as a store of its own, all at once; gives what is wrong with each (null: nothing). */
async function runStores(lists: Step[][]): Promise<(string | null)[]> {
  const runs = await Promise.all(
    lists.map(async (list) => {
      if (list.length === 0) return { shop: null, wrong: null }
      const { token, storeId } = await server.now().newShop({ name: 'Model shop' })
      return { shop: { token, storeId, sent: [], poisoned: new Set<string>() } satisfies ModelShop, wrong: null }
    }),
  )
  const failures = await Promise.all(
    runs.map(async ({ shop }, index) => {
      try {
        for (const step of lists[index] ?? []) if (shop) await take(step, shop, server)
        return null
      } catch (error) {
        return String(error)
      }
    }),
  )
  const shops = runs.flatMap(({ shop }) => (shop ? [shop] : []))
  await server.now().settled(PATIENCE_MS)
  const { products, events } = await readStores(shops.map((shop) => shop.storeId))
  return await Promise.all(
    runs.map(async ({ shop }, index) => {
      if (failures[index] || !shop) return failures[index] ?? null
      try {
        checkEvents(shop, events.get(shop.storeId) ?? [])
        await checkProducts(shop, products.get(shop.storeId) ?? [])
        return null
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    }),
  )
}

async function readStores(storeIds: number[]) {
  const list = `{${storeIds.join(',')}}`
  const products = await server.now().sql<ProductRow>(
    `select store_id, external_id, name, price::text as price, stock_quantity::text as stock_quantity, is_active,
            deleted_at is not null as is_deleted, version, version_event_id as event_id, searchable_version
       from products where store_id = any($1::bigint[]) order by external_id`,
    [list],
  )
  // A store's batches do not overlap, and processed_at is the same within one: this is the order they were applied in.
  const events = await server.now().sql<EventRow>(
    `select store_id, event_id, status, outcome, attempts from events where store_id = any($1::bigint[])
      order by processed_at, id`,
    [list],
  )
  const byStore = <Row extends { store_id: number }>(rows: Row[]) => Map.groupBy(rows, (row) => row.store_id)
  return { products: byStore(products), events: byStore(events) }
}

const byEventId = (a: { event_id: string }, b: { event_id: string }) => (a.event_id < b.event_id ? -1 : 1)

/** Row by row, so that the message shows the rows that differ and nothing else. @throws {Error} */
function compareRows(what: string, rows: object[], expected: object[]): void {
  if (isDeepStrictEqual(rows, expected)) return
  const [actual, wanted] = [rows, expected].map((list) => list.map((row) => JSON.stringify(row)))
  const lines = Array.from({ length: Math.max(rows.length, expected.length) }, (_, index) => index)
    .filter((index) => actual?.[index] !== wanted?.[index])
    .map((index) => `  ${index}: ${actual?.[index]}\n     expected ${wanted?.[index]}`)
  throw new Error(`${what}:\n${lines.join('\n')}`)
}

/** Every event is there once, was taken up once, and came to what the model says for the order they were applied in. */
function checkEvents(shop: ModelShop, rows: EventRow[]): void {
  const ids = (list: { event_id: string }[]) => list.map(({ event_id }) => ({ event_id })).sort(byEventId)
  compareRows('the event log', ids(rows), ids(shop.sent))
  const sent = new Map(shop.sent.map((event) => [event.event_id, event]))
  const applied = rows.filter((row) => !shop.poisoned.has(row.event_id))
  const outcomes = new Map<string, string>()
  for (const productId of new Set(shop.sent.map((event) => event.product.id))) {
    const ofProduct = applied
      .map((row) => sent.get(row.event_id) as ModelEvent)
      .filter((event) => event.product.id === productId)
    for (const [place, outcome] of expectedOutcomes(ofProduct).entries()) {
      outcomes.set(ofProduct[place]?.event_id ?? '', outcome)
    }
  }
  const expected = rows.map(({ store_id, event_id }) => {
    if (shop.poisoned.has(event_id)) return { store_id, event_id, status: 'dead', outcome: null, attempts: 4 }
    const outcome = outcomes.get(event_id)
    const status = outcome === 'superseded' ? 'superseded' : 'processed'
    return { store_id, event_id, status, outcome, attempts: 1 }
  })
  compareRows('events in the order they were applied', rows, expected)
}

async function checkProducts(shop: ModelShop, rows: ProductRow[]): Promise<void> {
  const applied = shop.sent.filter((event) => !shop.poisoned.has(event.event_id))
  const expected = [1, 2, 3].flatMap((id) => {
    const product = expectedProduct(applied.filter((event) => event.product.id === id))
    if (!product) return []
    return [{ store_id: shop.storeId, external_id: `woo_${id}`, ...product, searchable_version: product.version }]
  })
  compareRows('products', rows, expected)
  const found = await server.now().search('model', { params: { store_id: String(shop.storeId), limit: '50' } })
  type Found = { product: { external_id: string; name: string; price: string; stock_quantity: number } }
  const shown = (found.body.results as Found[])
    .map(({ product: { external_id, name, price, stock_quantity } }) => ({ external_id, name, price, stock_quantity }))
    .sort((a, b) => (a.external_id < b.external_id ? -1 : 1))
  const active = expected
    .filter((product) => product.is_active)
    .map(({ external_id, name, price, stock_quantity }) => ({
      external_id,
      name,
      price,
      stock_quantity: Number(stock_quantity),
    }))
  compareRows('what search finds', shown, active)
}

const told = (list: Step[]) => list.map((step) => `  ${JSON.stringify(step)}`).join('\n')

test(
  `${RUNS} shops of up to 50 steps end as the model expects, through crashes, repetitions and any order`,
  async () => {
    const sideBySide = fc.array(steps, { minLength: SIDE_BY_SIDE, maxLength: SIDE_BY_SIDE })
    const failed: { list: Step[]; wrong: string }[] = []
    const result = await fc.check(
      fc.asyncProperty(sideBySide, async (lists) => {
        for (const [index, wrong] of (await runStores(lists)).entries()) {
          if (wrong) failed.push({ list: lists[index] ?? [], wrong })
        }
        return failed.length === 0
      }),
      {
        numRuns: Math.ceil(RUNS / SIDE_BY_SIDE),
        endOnFailure: true,
        ...(given.seed && { seed: Number(given.seed) }),
        ...(given.path && { path: given.path }),
      },
    )
    if (process.env.MODEL_RUNS) {
      const shops = result.numRuns * SIDE_BY_SIDE
      console.log(`${databaseKind}: ${shops} shops, ${server.crashes()} crashes, seed ${result.seed}`)
    }
    const [first] = failed
    if (!first) return expect(result.failed, String(result.errorInstance)).toBe(false)
    // The shop that went wrong goes on alone, to be made smaller.
    let smallest = first
    await fc.check(
      fc.asyncProperty(steps, async (list) => {
        const [wrong] = await runStores([list])
        if (wrong) smallest = { list, wrong }
        return !wrong
      }),
      { examples: [[first.list]], numRuns: 1, interruptAfterTimeLimit: 60_000 },
    )
    throw new Error(`${smallest.wrong}
after these steps of one shop:
${told(smallest.list)}
Again: npm run model -- --database=${databaseKind} --seed=${result.seed} --path=${result.counterexamplePath}`)
  },
  240_000 + RUNS * 2_000,
)
