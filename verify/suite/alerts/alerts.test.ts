import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkAndDeliver, endDead, letMinutesPass, makeChannel, makeDead, openKinds } from '../../support/alerts.ts'
import { type FakeWebhook, isGenuine, startFakeWebhook } from '../../support/fake-receivers.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let webhook: FakeWebhook

beforeAll(async () => {
  ;[server, webhook] = await Promise.all([startTestServer({ OUTGOING_PRIVATE_ADDRESSES: 'on' }), startFakeWebhook()])
})
beforeEach(async () => {
  // Problems of an earlier test are no longer there.
  await server.sql(`delete from events where status = 'dead' or source = 'reconcile'`)
  await server.sql('delete from alerts')
  await server.sql('delete from alert_channels')
  webhook.received.length = 0
  webhook.next.length = 0
})
afterAll(async () => {
  await server?.stop()
  await webhook?.stop()
})

/** An owner with a shop. */
async function anOwner(): Promise<{ owner: Person; shop: Shop }> {
  const owner = await signedIn(server, 'owner')
  return { owner, shop: await server.newShop({ tenantOf: owner.userId, name: `Shop of ${owner.email}` }) }
}

const types = () => webhook.received.map(({ body }) => body.type)
const changes = () =>
  webhook.received.map(({ body }) => body.data.alerts.map(({ change }: { change: string }) => change))

describe('a storm', () => {
  test('of 1,000 failures with one cause is one message and one digest, and its end is told once', async () => {
    const { owner, shop } = await anOwner()
    const channel = await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    await makeDead(server, shop.storeId, { count: 1_000, code: '22P02' })
    await checkAndDeliver(server)
    expect(types()).toEqual(['alerts.changed'])
    const [message] = webhook.received
    expect(message?.body.data.alerts).toMatchObject([
      { kind: 'failed_events', change: 'opened', count: 1_000, title: '1,000 events failed for the same reason' },
    ])
    expect(message && isGenuine(channel.signing_secret, message)).toBe(true)
    expect(message?.body.data.text).toMatch(/^http:\S+\/dead-letters$/m)

    await makeDead(server, shop.storeId, { count: 200, code: '22P02', firstProduct: 2_000 })
    await checkAndDeliver(server)
    await checkAndDeliver(server)
    expect(types(), 'more of the same is counted silently').toHaveLength(1)
    const listed = await owner.request('GET', '/api/v1/alerts/?state=open')
    expect(listed.body.results).toMatchObject([
      { kind: 'failed_events', count: 1_200, state: 'open', user: { email: owner.email } },
    ])

    await letMinutesPass(server, 25 * 60)
    await checkAndDeliver(server)
    await checkAndDeliver(server)
    expect(types()).toEqual(['alerts.changed', 'alerts.digest'])

    await endDead(server, shop.storeId)
    await checkAndDeliver(server)
    expect(types(), 'a problem that comes back at once is not over').toHaveLength(2)
    await letMinutesPass(server, 6)
    await checkAndDeliver(server)
    await checkAndDeliver(server)
    expect(changes()).toEqual([['opened'], ['open'], ['closed']])
    expect(webhook.received[2]?.body.data.text).toContain('No failed event with this reason is left.')
    expect(await openKinds(owner)).toEqual([])
    const past = await owner.request('GET', '/api/v1/alerts/?state=closed')
    expect(past.body.results).toMatchObject([{ kind: 'failed_events', state: 'closed', advice: null }])
  })

  test('with several causes is one message with each of them', async () => {
    const { owner, shop } = await anOwner()
    await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    await makeDead(server, shop.storeId, { count: 3, code: '22001' })
    await makeDead(server, shop.storeId, { count: 5, code: '23514', firstProduct: 50 })
    await checkAndDeliver(server)
    expect(webhook.received).toHaveLength(1)
    const counts = webhook.received[0]?.body.data.alerts.map(({ count }: { count: number }) => count)
    expect(counts.toSorted()).toEqual([3, 5])
  })

  test('of several tenants is told to each owner, and once to an admin', async () => {
    const [first, second] = [await anOwner(), await anOwner()]
    const admin = await signedIn(server, 'admin')
    await makeChannel(admin, { kind: 'webhook', url: webhook.url })
    await makeDead(server, first.shop.storeId, { count: 40, code: '54000' })
    await makeDead(server, second.shop.storeId, { count: 60, code: '54000' })
    await checkAndDeliver(server)
    expect(webhook.received).toHaveLength(1)
    expect(webhook.received[0]?.body.data.alerts).toMatchObject([
      { scope: 'installation', count: 100, title: '100 events failed in 2 tenants for the same reason' },
    ])
    expect(await openKinds(first.owner)).toEqual(['failed_events'])
    const seen = await first.owner.request('GET', '/api/v1/alerts/')
    expect(seen.body.results.map(({ scope }: { scope: string }) => scope)).toEqual(['tenant'])
  })
})

describe('a digest', () => {
  test('comes once a day while an alert is open, and not after it was acknowledged', async () => {
    const { owner, shop } = await anOwner()
    await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    await makeDead(server, shop.storeId, { count: 1, code: '22003' })
    await checkAndDeliver(server)
    for (let day = 0; day < 2; day += 1) {
      await letMinutesPass(server, 25 * 60)
      await checkAndDeliver(server)
    }
    expect(types()).toEqual(['alerts.changed', 'alerts.digest', 'alerts.digest'])
    const [alert] = (await owner.request('GET', '/api/v1/alerts/')).body.results
    const acknowledged = await owner.request('POST', `/api/v1/alerts/${alert.id}/acknowledge/`)
    expect(acknowledged).toMatchObject({ status: 200, body: { acknowledged_by: 'owner', state: 'open' } })
    const again = await owner.request('POST', `/api/v1/alerts/${alert.id}/acknowledge/`)
    expect(again.body.acknowledged_at).toBe(acknowledged.body.acknowledged_at)
    await letMinutesPass(server, 25 * 60)
    await checkAndDeliver(server)
    expect(types()).toHaveLength(3)
    expect((await owner.request('GET', '/api/v1/alerts/?is_acknowledged=false')).body.results).toEqual([])
  })
})

describe('quiet hours', () => {
  const clockAt = (minutesFromNow: number) => new Date(Date.now() + minutesFromNow * 60_000).toISOString().slice(11, 16)
  const quietNow = () => ({ quiet_hours: { from: clockAt(-60), to: clockAt(120) }, time_zone: 'UTC' })

  test('hold messages back and send them together afterwards', async () => {
    const { owner, shop } = await anOwner()
    const channel = await makeChannel(owner, { kind: 'webhook', url: webhook.url, ...quietNow() })
    await makeDead(server, shop.storeId, { count: 2, code: '22001' })
    await checkAndDeliver(server)
    await makeDead(server, shop.storeId, { count: 2, code: '22003', firstProduct: 10 })
    await checkAndDeliver(server)
    expect(webhook.received).toEqual([])
    const held = await owner.request('GET', `/api/v1/alert-channels/${channel.id}/deliveries/`)
    expect(held.body.results).toMatchObject([{ status: 'waiting', alerts: 2, attempts: [] }])
    // A message that is due in quiet hours (another clock, a change of the hours) waits as well.
    await server.sql('update alert_messages set next_attempt_at = now()')
    await server.running.alerts.deliver()
    expect(webhook.received).toEqual([])
    const changed = await owner.request('PATCH', `/api/v1/alert-channels/${channel.id}/`, { quiet_hours: null })
    expect(changed.body.quiet_hours).toBeNull()
    await server.running.alerts.deliver()
    expect(changes()).toEqual([['opened', 'opened']])
  })

  test('an alert that began and ended in quiet hours is told as over, once', async () => {
    const { owner, shop } = await anOwner()
    const channel = await makeChannel(owner, { kind: 'webhook', url: webhook.url, ...quietNow() })
    await makeDead(server, shop.storeId, { count: 2, code: '22001' })
    await checkAndDeliver(server)
    await endDead(server, shop.storeId)
    await letMinutesPass(server, 6)
    await checkAndDeliver(server)
    await owner.request('PATCH', `/api/v1/alert-channels/${channel.id}/`, { quiet_hours: null })
    await server.running.alerts.deliver()
    expect(changes()).toEqual([['closed']])
  })

  test('an urgent kind breaks through, its end does not', async () => {
    const { owner, shop } = await anOwner()
    await makeChannel(owner, {
      kind: 'webhook',
      url: webhook.url,
      urgent_kinds: ['failed_events'],
      ...quietNow(),
    })
    await makeDead(server, shop.storeId, { count: 2, code: '22001' })
    await checkAndDeliver(server)
    expect(changes()).toEqual([['opened']])
    await endDead(server, shop.storeId)
    await letMinutesPass(server, 6)
    await checkAndDeliver(server)
    expect(changes()).toEqual([['opened']])
  })
})

describe('what is told', () => {
  test('a quiet store, drift and a budget, to the owner', async () => {
    const { owner, shop } = await anOwner()
    await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    await server.sql(`update integration_tokens set last_used_at = now() - interval '3 days' where store_id = $1`, [
      shop.storeId,
    ])
    await server.sql(
      `insert into reconciliations (tenant_id, store_id, cause, compared, missing, stale)
       select tenant_id, id, 'hourly', 100, 2, 10 from stores where id = $1`,
      [shop.storeId],
    )
    await server.sql(
      `insert into embedding_budgets (tenant_id, unit, amount, tokens) select tenant_id, 'tokens', 100, 85 from stores where id = $1
       on conflict (tenant_id) do update set unit = excluded.unit, amount = excluded.amount, tokens = excluded.tokens`,
      [shop.storeId],
    )
    await checkAndDeliver(server)
    expect(await openKinds(owner)).toEqual(['budget', 'drift', 'quiet_store'])
    expect(webhook.received).toHaveLength(1)

    await server.sql(
      'update embedding_budgets set tokens = 100 where tenant_id = (select tenant_id from stores where id = $1)',
      [shop.storeId],
    )
    await checkAndDeliver(server)
    expect(webhook.received[1]?.body.data.alerts).toMatchObject([
      { kind: 'budget', change: 'raised', level: 2, title: 'The embedding budget of this month is used up' },
    ])
    await checkAndDeliver(server)
    expect(webhook.received).toHaveLength(2)

    await server.sql('update integration_tokens set last_used_at = now() where store_id = $1', [shop.storeId])
    await letMinutesPass(server, 6)
    await checkAndDeliver(server)
    expect(webhook.received[2]?.body.data.alerts).toMatchObject([{ kind: 'quiet_store', change: 'closed' }])
  })

  test('the alerts of a deleted store end silently', async () => {
    const { owner, shop } = await anOwner()
    await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    await server.sql(`update integration_tokens set last_used_at = now() - interval '3 days' where store_id = $1`, [
      shop.storeId,
    ])
    await checkAndDeliver(server)
    expect(await openKinds(owner)).toEqual(['quiet_store'])
    await owner.request('DELETE', `/api/v1/stores/${shop.storeId}/`)
    await letMinutesPass(server, 6)
    await checkAndDeliver(server)
    expect(await openKinds(owner)).toEqual([])
    expect(webhook.received).toHaveLength(1)
  })

  test('the provider, the maintenance and work that stands still, to admins only', async () => {
    const { owner, shop } = await anOwner()
    const admin = await signedIn(server, 'admin')
    await makeChannel(owner, { kind: 'webhook', url: webhook.url, name: 'of the owner' })
    const profile = `(select id from embedding_profiles where state = 'active')`
    const failing = `insert into provider_health (profile_id, state, since, last_failure_at, last_error)
      values (${profile}, 'failing', now() - interval '9 minutes', now(), 'HTTP 500')
      on conflict (profile_id) do update set state = 'failing', since = excluded.since, last_failure_at = now(), last_error = excluded.last_error`
    await server.sql(failing)
    await checkAndDeliver(server)
    expect(await openKinds(admin), 'not yet ten minutes').toEqual([])
    await server.sql(`update provider_health set since = now() - interval '11 minutes'`)
    // A task that failed a moment ago is not due, so the server's own maintenance leaves it.
    await server.sql(`insert into maintenance_runs (task, known_since, last_failure_at, last_error)
      values ('hours', now() - interval '3 days', now(), 'no room')
      on conflict (task) do update set known_since = excluded.known_since, last_success_at = null, last_failure_at = now(), last_error = 'no room'`)
    await server.sql(
      `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source, external_product_id, payload,
                           version, is_versioned, priority, status)
       select now() - interval '20 minutes', now() + interval '1 day', tenant_id, id, 'stuck', 'product.updated', 'live', 1, '{}'::json, 1, true, 0,
              'received' from stores where id = $1`,
      [shop.storeId],
    )
    await server.sql(`update event_hours set last_ended_at = now() - interval '1 hour' where last_ended_at is not null`)
    await checkAndDeliver(server)
    expect(await openKinds(admin)).toEqual(['maintenance_late', 'provider_down', 'work_stalled'])
    expect(await openKinds(owner)).toEqual([])
    expect(webhook.received, 'the owner is not told').toEqual([])
    await makeChannel(admin, { kind: 'webhook', url: webhook.url, kinds: ['provider_down'] })
    await server.sql(`update provider_health set state = 'ok', since = now(), last_success_at = now()`)
    await letMinutesPass(server, 6)
    await checkAndDeliver(server)
    expect(webhook.received[0]?.body.data.alerts).toMatchObject([{ kind: 'provider_down', change: 'closed' }])
    await server.sql(`delete from events where event_id = 'stuck'`)
    await server.sql(`delete from maintenance_runs where task = 'hours'`)
  })

  test('only the kinds that a channel has subscribed to, and nothing from a channel that is switched off', async () => {
    const { owner, shop } = await anOwner()
    await makeChannel(owner, { kind: 'webhook', url: webhook.url, kinds: ['budget'] })
    const off = await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    await owner.request('PATCH', `/api/v1/alert-channels/${off.id}/`, { is_enabled: false })
    await makeDead(server, shop.storeId, { count: 2, code: '22001' })
    await checkAndDeliver(server)
    expect(webhook.received).toEqual([])
    expect(await openKinds(owner)).toEqual(['failed_events'])
  })
})

test('another tenant neither sees nor changes an alert, and gets no message about it', async () => {
  const [first, second] = [await anOwner(), await anOwner()]
  await makeChannel(second.owner, { kind: 'webhook', url: webhook.url })
  await makeDead(server, first.shop.storeId, { count: 2, code: '22001' })
  await checkAndDeliver(server)
  expect(webhook.received).toEqual([])
  const [alert] = (await first.owner.request('GET', '/api/v1/alerts/')).body.results
  expect((await second.owner.request('GET', '/api/v1/alerts/')).body.results).toEqual([])
  expect((await second.owner.request('GET', `/api/v1/alerts/${alert.id}/`)).status).toBe(404)
  expect((await second.owner.request('POST', `/api/v1/alerts/${alert.id}/acknowledge/`)).status).toBe(404)
  expect((await first.owner.request('GET', `/api/v1/alerts/${alert.id}/`)).body.acknowledged_at).toBeNull()
  const byAdmin = await server.admin('GET', `/api/v1/alerts/?user_id=${first.owner.userId}`)
  expect(byAdmin.body.results).toHaveLength(1)
})

test('the sentences are in the language of the reader', async () => {
  const { owner, shop } = await anOwner()
  await makeDead(server, shop.storeId, { count: 12, code: '22001' })
  await checkAndDeliver(server)
  const answer = await owner.request('GET', '/api/v1/alerts/', undefined, { 'accept-language': 'fa' })
  expect(answer.body.results[0]).toMatchObject({
    title: '۱۲ رویداد به یک علت ناموفق شد',
    kind_name: 'رویدادهای ناموفق',
  })
})

test('a source that fails closes no alert and stops no other source', async () => {
  const { owner, shop } = await anOwner()
  await makeDead(server, shop.storeId, { count: 2, code: '22001' })
  await checkAndDeliver(server)
  await letMinutesPass(server, 6)
  await server.sql('alter table knowledge_chunks rename to knowledge_chunks_elsewhere')
  try {
    await server.sql(`update integration_tokens set last_used_at = now() - interval '3 days' where store_id = $1`, [
      shop.storeId,
    ])
    await checkAndDeliver(server)
  } finally {
    await server.sql('alter table knowledge_chunks_elsewhere rename to knowledge_chunks')
  }
  expect(await openKinds(owner)).toEqual(['failed_events', 'quiet_store'])
})

test('without a call, a running server checks and delivers by itself', async () => {
  const own = await startTestServer({ OUTGOING_PRIVATE_ADDRESSES: 'on', ALERTS: 'on' })
  try {
    const owner = await signedIn(own, 'owner')
    const shop = await own.newShop({ tenantOf: owner.userId })
    await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    await makeDead(own, shop.storeId, { count: 7, code: '22001' })
    await waitFor('the message', async () => webhook.received.length > 0)
    expect(webhook.received[0]?.body.data.alerts[0].count).toBe(7)
    expect(await (await fetch(`${own.url}/metrics`)).text()).toMatch(/^fiko_open_alerts\{kind="failed_events"\} 1$/m)
  } finally {
    await own.stop()
  }
})
