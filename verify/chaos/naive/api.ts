/**
 * The usual webhook handler, for comparison: a plugin's backend as the tutorials of
 * Django with Celery, Rails with Sidekiq or Laravel with its queues show it.
 *
 * - An event that is known already is recognised by looking it up first (`filter(event_id=…).exists()`), because that is
 *   how a view says it; there is no unique key, because event ids come from outside and a violation would be a 500.
 * - The row is inserted, committed (autocommit is the default), and then the job is enqueued (`task.delay(event.id)`):
 *   the broker is another system, and nothing commits to both. Some answer before they enqueue; this one enqueues first, which
 *   loses less.
 * - An error of the database is a 500, as frameworks answer an exception that no code catches.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import pg from 'pg'
import type { ChaosEvent } from '../model.ts'

const { DATABASE_URL, BROKER_URL, PORT } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL ?? '' })
// Frameworks replace a broken idle connection; here it would end the process.
pool.on('error', () => {})

const server = createServer(async (request, response) => {
  try {
    const { status, body } = await answer(request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  } catch (error) {
    console.error(String(error))
    response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Server Error (500)</h1>')
  }
})
server.listen(Number(PORT), '127.0.0.1')
await once(server, 'listening')
// The line that tells the parent process that the server is ready.
process.stderr.write(`Fiko Sync is ready: http://127.0.0.1:${PORT}\n`)
process.on('SIGTERM', () => process.exit(0))

async function answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
  const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
  const { rows } = await pool.query<{ id: string }>('select id from shops where token = $1', [token])
  const [shop] = rows
  if (!shop) return { status: 401, body: { error: 'unauthorized' } }
  const body = (await json(request)) as ChaosEvent | { events: ChaosEvent[] }
  if (!('events' in body)) {
    return (await take(shop.id, body))
      ? { status: 202, body: { status: 'accepted', event_id: body.event_id } }
      : { status: 200, body: { status: 'skipped', event_id: body.event_id } }
  }
  let accepted = 0
  for (const event of body.events) if (await take(shop.id, event)) accepted += 1
  return { status: 202, body: { accepted, skipped: body.events.length - accepted, rejected: [] } }
}

/** False when the event is known. */
async function take(shopId: string, event: ChaosEvent): Promise<boolean> {
  const known = await pool.query('select 1 from webhook_events where shop_id = $1 and event_id = $2', [
    shopId,
    event.event_id,
  ])
  if (known.rows.length > 0) return false
  const { rows } = await pool.query<{ id: string }>(
    'insert into webhook_events (shop_id, event_id, event_type, payload) values ($1, $2, $3, $4) returning id',
    [shopId, event.event_id, event.event_type, JSON.stringify(event.product)],
  )
  const job = { eventRowId: Number(rows[0]?.id), tries: 0, delayMs: 0 }
  await fetch(`${BROKER_URL}/push`, { method: 'POST', body: JSON.stringify(job) })
  return true
}
