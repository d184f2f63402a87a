/**
 * The usual worker, to compare with.
 *
 * - A job is taken off the queue before it is done: Celery acknowledges early by default (`acks_late` is off), Sidekiq
 *   without its paid edition fetches with BRPOP. What a killed worker had in hand is gone.
 * - Events are applied in the order in which workers get to them (`update_or_create`), and a deletion deletes the row: the
 *   event is "the latest", because it has just arrived.
 * - The text is embedded in the same job, on every event. What fails is tried three times in all, a little later each time, then
 *   the event is marked as failed.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import pg from 'pg'
import type { SentProduct } from '../model.ts'
import type { Job } from './broker.ts'

const { DATABASE_URL, BROKER_URL, PORT, OPENAI_BASE_URL, EMBEDDING_TIMEOUT_SECONDS } = process.env
/** Celery starts a process for each core and takes four jobs for each; here they are taken one at a time. */
const CONCURRENCY = 4
const TRIES = 3
const RETRY_DELAY_MS = 1_000

const pool = new pg.Pool({ connectionString: DATABASE_URL ?? '' })
pool.on('error', () => {})

const health = createServer((_request, response) => response.end('ok'))
health.listen(Number(PORT), '127.0.0.1')
await once(health, 'listening')
process.stderr.write(`Fiko Sync is ready: http://127.0.0.1:${PORT}\n`)
process.on('SIGTERM', () => process.exit(0))

await Promise.all(Array.from({ length: CONCURRENCY }, work))

async function work(): Promise<never> {
  for (;;) {
    const job = (await (await fetch(`${BROKER_URL}/pop`)).json()) as Job | null
    if (job) await run({ ...job, tries: job.tries + 1 }).catch((error: unknown) => console.error(String(error)))
  }
}

async function run(job: Job): Promise<void> {
  try {
    await apply(job.eventRowId)
  } catch (error) {
    if (job.tries < TRIES) {
      const again = { ...job, delayMs: RETRY_DELAY_MS * 2 ** (job.tries - 1) }
      await fetch(`${BROKER_URL}/push`, { method: 'POST', body: JSON.stringify(again) })
      return
    }
    await pool.query(`update webhook_events set status = 'failed', error = $2 where id = $1`, [
      job.eventRowId,
      String(error),
    ])
  }
}

async function apply(eventRowId: number): Promise<void> {
  const { rows } = await pool.query<{ shop_id: string; event_type: string; payload: SentProduct }>(
    'select shop_id, event_type, payload from webhook_events where id = $1',
    [eventRowId],
  )
  const [event] = rows
  if (!event) throw new Error(`there is no event ${eventRowId}`)
  const { payload: product, shop_id: shopId } = event
  if (event.event_type === 'product.deleted') {
    await pool.query('delete from products where shop_id = $1 and external_id = $2', [shopId, product.id])
  } else {
    const saved = await pool.query<{ id: string }>(
      `insert into products (shop_id, external_id, name, description, price, stock_quantity, status)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (shop_id, external_id) do update set name = excluded.name, description = excluded.description,
         price = excluded.price, stock_quantity = excluded.stock_quantity, status = excluded.status
       returning id`,
      [shopId, product.id, product.name, product.description, product.price, product.stock_quantity, product.status],
    )
    await index(saved.rows[0]?.id ?? '', product)
  }
  await pool.query(`update webhook_events set status = 'processed' where id = $1`, [eventRowId])
}

/** Puts the product into the vector store, or takes it out when the shop does not show it. */
async function index(productId: string, product: SentProduct): Promise<void> {
  if (product.status !== 'publish') {
    await pool.query('delete from product_vectors where product_id = $1', [productId])
    return
  }
  const text = `${product.name}\n${product.description}`
  await pool.query(
    `insert into product_vectors (product_id, text, embedding) values ($1, $2, $3)
     on conflict (product_id) do update set text = excluded.text, embedding = excluded.embedding`,
    [productId, text, JSON.stringify(await embed(text))],
  )
}

async function embed(text: string): Promise<number[]> {
  const response = await fetch(`${OPENAI_BASE_URL}/embeddings`, {
    method: 'POST',
    body: JSON.stringify({ model: 'moody', input: [text] }),
    signal: AbortSignal.timeout(Number(EMBEDDING_TIMEOUT_SECONDS) * 1000),
  })
  if (!response.ok) throw new Error(`the provider answered ${response.status}`)
  const answer = (await response.json()) as { data: { embedding: number[] }[] }
  const [first] = answer.data
  if (!first) throw new Error('the provider gave no vector')
  return first.embedding
}
