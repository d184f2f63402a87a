import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let provider: Awaited<ReturnType<typeof startFakeProvider>>

beforeAll(async () => {
  provider = await startFakeProvider()
  server = await startTestServer({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: provider.url,
    EMBEDDING_DIMENSIONS: '64',
  })
  owner = await signedIn(server, 'owner')
})
afterAll(async () => {
  await server.stop()
  await provider.close()
})

test('the progress of a store goes from no contact to searchable, step by step', async () => {
  const shop = await server.newShop({ tenantOf: owner.userId, name: 'On its way' })
  const progress = async () => (await owner.request('GET', `/api/v1/stores/${shop.storeId}/progress/`)).body
  expect(await progress()).toEqual({
    sync: expect.objectContaining({ state: 'quiet', causes: ['never_connected'] }),
    store: { id: shop.storeId, name: 'On its way', site: '', environment: 'live' },
    first_contact_at: null,
    last_contact_at: null,
    sender: null,
    site: 'unknown',
    events: { received: 0, backfill: 0, open: 0, applied: 0, superseded: 0, dead: 0 },
    first_event_at: null,
    last_event_at: null,
    products: { active: 0, searchable: 0 },
    pending_chunks: 0,
    refused_chunks: 0,
    plugin: null,
  })
  await shop.request('GET', '/api/integrations/woocommerce/health/', undefined, { 'x-fiko-site': 'a'.repeat(64) })
  const connected = await progress()
  expect(connected).toMatchObject({ site: 'bound', events: { received: 0 } })
  expect(Date.parse(connected.first_contact_at)).toBeGreaterThan(Date.now() - 60_000)

  provider.behave('error')
  const events = [1, 2, 3].map((id) => anUpdate({ id, name: `Lamp ${id}` }, { source: 'backfill' }))
  await shop.request(
    'POST',
    '/api/integrations/woocommerce/webhook/batch/',
    { events: [...events, aDeletion(3)] },
    { 'user-agent': 'FikoSync/1 WordPress/6' },
  )
  await waitFor('the events to be applied', async () => (await progress()).events.applied === 3)
  await waitFor('the products to be chunked', async () => (await progress()).pending_chunks > 0)
  expect(await progress()).toMatchObject({
    sync: { state: 'syncing', total: 2, waiting: 2 },
    sender: 'FikoSync/1 WordPress/6',
    // The deletion is live and goes first.
    events: { received: 4, backfill: 3, open: 0, applied: 3, superseded: 1, dead: 0 },
    products: { active: 2, searchable: 0 },
  })
  provider.behave('ok')
  await server.settled()
  expect(await progress()).toMatchObject({
    sync: { state: 'in_sync' },
    products: { active: 2, searchable: 2 },
    pending_chunks: 0,
  })
  await shop.request('GET', '/api/integrations/woocommerce/health/', undefined, { 'x-fiko-site': 'b'.repeat(64) })
  expect((await progress()).site).toBe('waits')

  const otherOwner = await signedIn(server, 'owner')
  const theirs = await otherOwner.request('GET', `/api/v1/stores/${shop.storeId}/progress/`)
  const none = await otherOwner.request('GET', '/api/v1/stores/999999/progress/')
  expect(theirs.status).toBe(404)
  expect(theirs.body).toEqual(none.body)
  await owner.request('DELETE', `/api/v1/stores/${shop.storeId}/`)
  expect((await progress()).error).toBe('not_found')
})
