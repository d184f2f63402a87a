/**
 * `npm run demo`: what the system does, shown on a real server in half a minute.
 *
 * A small bilingual shop sends its catalogue, changes it in every way that a shop does, and an AI asks for its products.
 * Every step says what it expects; the first that does not hold ends the tour with exit code 1. With DATABASE_URL the
 * same happens on that PostgreSQL server, in a database of its own.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { catalogue, type WebhookProduct } from './catalogue.ts'
import { expect, expectEqual, Unexpected } from './expectations.ts'
import { type OwnServer, startOwnServer } from './own-server.ts'
import { connectOperator, type Found, type Operator, type Reader, type Shop, type ShopEvent } from './shop-client.ts'
import * as show from './show.ts'

const BATCH_SIZE = 10
const SYNC_PATIENCE_MS = 20_000

/** The clients of the tour. */
interface Cast {
  shop: Shop
  ai: Reader
  operator: Operator
}

async function tour(): Promise<number> {
  const startedAt = performance.now()
  show.showTitle(
    'Fiko Sync: a tour',
    `A small shop sends its ${catalogue.length} Persian and English products and changes them; an AI asks for them.`,
  )
  let starting: Promise<OwnServer> | undefined
  let isInterrupted = false
  const interrupt = (signal: NodeJS.Signals) => {
    isInterrupted = true
    // A terminal sends Ctrl-C to the server, too; what is left is to clean up after both.
    void Promise.resolve(starting)
      .then((server) => server?.remove())
      .catch((error: Error) => show.showFailure([error.message]))
      .finally(() => process.exit(signal === 'SIGINT' ? 130 : 143))
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    show.showStep('A server of its own')
    starting = startOwnServer(process.env.DATABASE_URL)
    const server = await show.showWaiting('starting …', starting)
    show.showFact(`ready at ${server.url} after ${show.seconds(performance.now() - startedAt)}`)
    show.showNote(`Stored in ${server.database}; nothing of it stays.`)

    const operator = connectOperator(server.url, server.adminApiKey)
    const cast = { operator, shop: await operator.makeShop('Demo shop'), ai: await operator.makeReader('Demo AI') }
    await syncCatalogue(cast)
    const priceEvent = await changePrice(cast)
    await editOneSentence(cast)
    await sendTwice(cast, priceEvent)
    await arriveOutOfOrder(cast)
    await deleteProduct(cast)
    await searchThrice(cast)
    await summarise(cast, startedAt)

    show.showStep('Stop')
    await server.stop()
    await server.remove()
    show.showFact('SIGTERM: the server finished what it had accepted and ended with exit code 0; its data is removed')
    return 0
  } catch (error) {
    if (isInterrupted) return 1
    if (error instanceof Unexpected) {
      show.showFailure([`expected ${show.isolated(error.expected)}`, `found    ${show.isolated(error.found)}`])
    } else {
      show.showFailure([error instanceof Error ? error.message : String(error)])
    }
    await starting?.then(
      (server) => server.remove(),
      () => undefined,
    )
    return 1
  }
}

/** The first sync, as the shop's plugin does it: in batches, then asking how far they have come. */
async function syncCatalogue({ shop, ai }: Cast): Promise<void> {
  const persian = catalogue.filter((product) => /\p{Script=Arabic}/u.test(product.name)).length
  show.showStep(
    `First sync: ${persian} Persian and ${catalogue.length - persian} English products, ${BATCH_SIZE} a batch`,
  )
  const startedAt = performance.now()
  const events = catalogue.map((product) => anUpdate(product, 'backfill'))
  const progress = show.showProgress(events.length, 'searchable')
  let accepted = 0
  for (let i = 0; i < events.length; i += BATCH_SIZE) {
    accepted += (await shop.sendBatch(events.slice(i, i + BATCH_SIZE))).accepted
    progress.update(await countSearchable(shop, events))
  }
  expectEqual('events accepted', events.length, accepted)
  let searchable = 0
  const deadline = Date.now() + SYNC_PATIENCE_MS
  while (searchable < events.length && Date.now() < deadline) {
    await delay(50)
    searchable = await countSearchable(shop, events)
    progress.update(searchable)
  }
  progress.end()
  expectEqual('products searchable by the status endpoint', events.length, searchable)
  const { chunks, embedding_requests, embedding_inputs } = await ai.stats()
  show.showFact(
    `${searchable} of ${events.length} products searchable after ${show.seconds(performance.now() - startedAt)}`,
  )
  show.showNote(`${chunks} chunks, embedded by ${embedding_requests} requests with ${embedding_inputs} inputs.`)
}

async function countSearchable(shop: Shop, events: ShopEvent[]): Promise<number> {
  const versions = new Map(events.map((event) => [event.product.id, event.version]))
  const states = await shop.status([...versions.keys()])
  return states.filter((state) => state.searchable_version === versions.get(state.id)).length
}

/** Gives the event back, for the step that sends it a second time. */
async function changePrice({ shop, ai, operator }: Cast): Promise<ShopEvent> {
  const product = productOf(101)
  show.showStep(`A price changes: ${show.isolated(product.name)}`)
  const before = await ai.stats()
  const event = anUpdate({ ...product, price: '1790000', sale_price: '1790000' })
  await shop.send(event)
  await shop.settled(event)
  const { outcome } = await operator.eventEnded(event)
  const after = await ai.stats()
  expectEqual('outcome of the event', 'metadata_updated', outcome)
  expectEqual('inputs sent to be embedded', 0, after.embedding_inputs - before.embedding_inputs)
  expectEqual('requests to embed', 0, after.embedding_requests - before.embedding_requests)
  show.showFact(
    `${toman(product.price)} → ${toman('1790000')}: 0 embeddings (inputs before ${before.embedding_inputs}, after ${after.embedding_inputs})`,
  )
  show.showNote(`Its ${after.embeddings_avoided - before.embeddings_avoided} chunks kept their vectors.`)
  return event
}

async function editOneSentence({ shop, ai, operator }: Cast): Promise<void> {
  const product = productOf(201)
  const sentence = 'Four outer pockets close with zips you can work in gloves.'
  const edited = 'Six outer pockets close with magnets you can work in mittens.'
  show.showStep(`One sentence of a description is edited: ${show.isolated(product.name)}`)
  expect(`“${sentence}” in the description`, product.description.includes(sentence), product.description)
  const before = await ai.stats()
  const event = anUpdate({ ...product, description: product.description.replace(sentence, edited) })
  await shop.send(event)
  await shop.settled(event)
  const { outcome } = await operator.eventEnded(event)
  const after = await ai.stats()
  expectEqual('outcome of the event', 'content_updated', outcome)
  expectEqual('inputs sent to be embedded', 1, after.embedding_inputs - before.embedding_inputs)
  const kept = after.embeddings_avoided - before.embeddings_avoided
  show.showFact(`1 chunk embedded, the product's ${kept} others kept their vectors`)
  const [found] = await ai.search('magnets mittens', { limit: '1' })
  expectEqual('product found by the new words', product.name, found?.product.name)
  show.showFact('“magnets mittens” finds it')
}

async function sendTwice({ shop, operator }: Cast, event: ShopEvent): Promise<void> {
  show.showStep('The same event arrives a second time')
  const before = await operator.eventTotals()
  const answer = await shop.send(event)
  const after = await operator.eventTotals()
  expectEqual('answer', { httpStatus: 200, status: 'skipped' }, answer)
  expectEqual('events in the log', before.total, after.total)
  show.showFact('answered 200 “skipped”; nothing was stored')
}

async function arriveOutOfOrder({ shop, ai, operator }: Cast): Promise<void> {
  const product = productOf(219)
  show.showStep(`Two stock changes arrive in the wrong order: ${show.isolated(product.name)}`)
  const older = anUpdate({ ...product, stock_quantity: 40 })
  const newer = anUpdate({ ...product, stock_quantity: 3 })
  await shop.send(newer)
  await shop.settled(newer)
  await shop.send(older)
  const { status } = await operator.eventEnded(older)
  expectEqual('status of the older event', 'superseded', status)
  const [found] = await ai.search(product.name, { limit: '1' })
  expectEqual('product and stock', [product.name, 3], [found?.product.name, found?.product.stock_quantity])
  show.showFact('newer first (3 in stock), then the older (40): the older is “superseded”, the stock stays 3')
}

async function deleteProduct({ shop, ai }: Cast): Promise<void> {
  const product = productOf(121)
  show.showStep(`A product is deleted: ${show.isolated(product.name)}`)
  const isFound = async () => (await ai.search(product.name)).some((found) => found.product.name === product.name)
  expect('the product among the results before', await isFound(), 'not there')
  const event: ShopEvent = { ...anUpdate(product), event_type: 'product.deleted', product: { id: product.id } }
  await shop.send(event)
  const { state } = await shop.settled(event)
  expectEqual('its state', 'removed', state)
  expect('the product gone from the results', !(await isFound()), 'still there')
  show.showFact('found by its name before, not found after; its state is “removed”')
}

async function searchThrice({ ai }: Cast): Promise<void> {
  show.showStep('The AI asks')
  show.showNote(
    'The embeddings are offline ones, which are lexical: they compare words, not meanings. A real model is a setting.',
  )
  const boots = await ai.search('کفش کوهنوردی', { limit: '3' })
  showAnswer(`${show.isolated('کفش کوهنوردی')} (mountaineering shoes)`, boots)
  expectEqual('first result', productOf(109).name, boots[0]?.product.name)

  const shells = await ai.search('warm waterproof jacket', { limit: '3' })
  showAnswer('warm waterproof jacket', shells)
  expectEqual('first result', productOf(201).name, shells[0]?.product.name)

  const filters = { in_stock: 'true', max_price: '2000000', currency: 'IRT', limit: '3' }
  const jackets = await ai.search('کاپشن زمستانی', filters)
  showAnswer(`${show.isolated('کاپشن زمستانی')} (winter jacket), in stock, at most ${toman('2000000')}`, jackets)
  expectEqual(
    'first result and its price',
    [productOf(101).name, '1790000'],
    [jackets[0]?.product.name, jackets[0]?.product.price],
  )
  expect(
    'only what is in stock and within the price',
    jackets.every(({ product }) => product.in_stock && Number(product.price) <= 2_000_000),
    jackets.map(({ product }) => [product.price, product.in_stock]),
  )
  show.showFact('the price is the one of a moment ago: price and stock come from the product, not from its text')
}

function showAnswer(question: string, results: Found[]): void {
  show.showFact(question)
  show.showTable(
    [
      { title: 'toman', align: 'right' },
      { title: 'stock', align: 'left' },
      { title: 'product', align: 'left' },
    ],
    results.map(({ product }) => [
      product.price === null ? '' : show.amount(product.price),
      product.in_stock ? (product.stock_quantity === null ? 'in stock' : `${product.stock_quantity} in stock`) : 'out',
      show.isolated(product.name),
    ]),
  )
}

async function summarise({ ai, operator }: Cast, startedAt: number): Promise<void> {
  show.showStep('Summary')
  const [stats, events] = await Promise.all([ai.stats(), operator.eventTotals()])
  const superseded = events.by_status.superseded ?? 0
  expectEqual('events applied or superseded', events.total, (events.by_status.processed ?? 0) + superseded)
  show.showTable(
    [{ align: 'left' }, { align: 'right' }],
    [
      ['events', show.amount(events.total)],
      ['of them superseded', show.amount(superseded)],
      ['products', show.amount(stats.products)],
      ['chunks', show.amount(stats.chunks)],
      ['embedding requests', show.amount(stats.embedding_requests)],
      ['embedding inputs', show.amount(stats.embedding_inputs)],
      ['embeddings avoided', show.amount(stats.embeddings_avoided)],
      ['seconds', ((performance.now() - startedAt) / 1000).toFixed(1)],
    ],
  )
}

let lastVersion = 0

/** An event of the whole product, newer than every one made before. */
function anUpdate(product: WebhookProduct, source: ShopEvent['source'] = 'live'): ShopEvent {
  lastVersion = Math.max(lastVersion + 1, Date.now() * 1000)
  return { event_id: `wc_${randomUUID()}`, event_type: 'product.updated', version: lastVersion, source, product }
}

function productOf(id: number): WebhookProduct {
  const product = catalogue.find((candidate) => candidate.id === id)
  if (!product) throw new Error(`the catalogue has no product ${id}`)
  return product
}

function toman(value: string): string {
  return `${show.amount(value)} toman`
}

process.exitCode = await tour()
