/** Problems made by SQL, and time that passes by SQL. */
import type { Answer, TestServer } from './test-server.ts'

/** What the tests of alerts need of a person. */
interface Caller {
  request(method: string, path: string, body?: unknown): Promise<Answer>
}

/** Stores events of a shop that have failed a minute ago, with this code as their cause. */
export async function makeDead(
  server: TestServer,
  storeId: number,
  { count, code, firstProduct = 1 }: { count: number; code: string; firstProduct?: number },
): Promise<void> {
  await server.sql(
    `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source, external_product_id, payload,
                         version, is_versioned, priority, status, error, processed_at)
     select now(), now(), s.tenant_id, s.id, 'dead-' || $3::text || '-' || n, 'product.updated', 'live', n, '{}'::json, 1, true, 0, 'dead',
            'The database rejected a value of this product (code ' || $3::text || ').', now() - interval '1 minute'
       from stores s, generate_series($4::int, $4::int + $2::int - 1) n where s.id = $1`,
    [storeId, count, code, firstProduct],
  )
}

/** Ends the dead letters of a shop, as their replay does. */
export async function endDead(server: TestServer, storeId: number): Promise<void> {
  await server.sql(
    `update events set status = 'superseded', outcome = 'superseded', error = null where store_id = $1 and status = 'dead'`,
    [storeId],
  )
}

/** Minutes pass without a look at the open alerts. */
export async function letMinutesPass(server: TestServer, minutes: number): Promise<void> {
  await server.sql(
    `update alerts set last_seen_at = last_seen_at - make_interval(mins => $1), created_at = created_at - make_interval(mins => $1)
      where closed_at is null`,
    [minutes],
  )
  await server.sql('update alert_channels set digest_at = digest_at - make_interval(mins => $1)', [minutes])
}

/** The pause after a failure is over. */
export async function endBackoff(server: TestServer, channelId: number): Promise<void> {
  await server.sql('update alert_channels set retry_at = now() where id = $1 and retry_at is not null', [channelId])
}

/** One check of all facts, then one round of deliveries. */
export async function checkAndDeliver(server: TestServer): Promise<void> {
  await server.running.alerts.check()
  await server.running.alerts.deliver()
}

/** Makes a channel; returns the answer's body. */
export async function makeChannel(person: Caller, body: Record<string, unknown>) {
  const answer = await person.request('POST', '/api/v1/alert-channels/', { language: 'en', ...body })
  if (answer.status !== 201) throw new Error(`no channel: ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** The open alerts of a person, by their kinds. */
export async function openKinds(person: Caller): Promise<string[]> {
  const answer = await person.request('GET', '/api/v1/alerts/?state=open&own=true&limit=200')
  return answer.body.results.map(({ kind }: { kind: string }) => kind).sort()
}
