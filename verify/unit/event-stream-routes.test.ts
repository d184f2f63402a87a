import { expect, test } from 'vitest'
import { eventStreamRoutes } from '../../server/src/events/event-stream-routes.ts'
import type { Database } from '../../server/src/platform/db/database.ts'
import { createHttp } from '../../server/src/platform/http/http.ts'
import { createLog } from '../../server/src/platform/log.ts'
import type { Authenticator } from '../../server/src/tenants/authenticate.ts'
import { follow } from '../support/event-source.ts'
import { call, waitFor } from '../support/test-server.ts'

const log = createLog('silent')
const LIVE = '/api/v1/integrations/woocommerce/events/live/'

test('at most 500 streams are open: the next gets Retry-After, and a closed one makes room', async () => {
  const app = await createHttp(log, { trustedProxies: [], publicUrl: null })
  const db = { inScope: () => ({ query: async () => [] }) } as unknown as Database
  const auth = {
    identify: async () => {},
    person: async (request: { headers: Record<string, string> }) => ({
      userId: request.headers['x-person'],
      scope: 1,
      tenantId: 1,
    }),
  } as unknown as Authenticator
  eventStreamRoutes(app, { db, auth, log })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const watch = (person: number) => follow(`${url}${LIVE}`, { 'x-person': `person ${person}` })
  const open = await Promise.all(Array.from({ length: 500 }, (_, at) => watch(at % 100)))
  expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200]))

  expect((await watch(1_000)).status).toBe(503)
  const headers = { accept: 'text/event-stream', 'accept-language': 'fa', 'x-person': 'one more' }
  const refused = await call(url, 'GET', LIVE, headers)
  expect(refused).toMatchObject({ status: 503, body: { error: 'too_many_streams' } })
  expect(refused.body.detail).toContain('۵۰۰')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const sixth = await call(url, 'GET', LIVE, { ...headers, 'x-person': 'person 1' })
  expect(sixth, 'one person’s own limit').toMatchObject({ status: 429, body: { error: 'too_many_streams' } })

  open[0]?.close()
  await waitFor('room for another', async () => {
    const next = await watch(1_000)
    open.push(next)
    return next.status === 200
  })
  for (const one of open) one.close()
  await app.close()
})
