import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiDocument, closed, type JsonSchema, type Operation } from '../../support/contract.ts'
import { signedIn } from '../../support/people.ts'
import { ADMIN_API_KEY, call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let folder: string
let shop: Shop
let document: ApiDocument
let operations: (Operation & { method: string; path: string })[]
let credentials: Record<string, Record<string, string>>

/** They end what the other examples need. */
const LAST = [
  'decideAuthorization',
  'revokeConnectedAgent',
  'revokeFeed',
  'deleteAlertChannel',
  'rotateToken',
  'revokeToken',
  'deleteStore',
  'eraseTenant',
]

const AN_ALERT = `insert into alerts (id, kind, group_key, first_seen_at, last_seen_at) overriding system value
  values (1, 'maintenance_late', 'tasks', now(), now()) on conflict do nothing`

/** Data that some examples need in addition to a shop with one product. */
const NEEDED: Record<string, string> = {
  readAlert: AN_ALERT,
  acknowledgeAlert: AN_ALERT,
  replayEvent: `update events set status = 'dead', outcome = null, error = 'code 22P02' where id = 1`,
  replayText: `update knowledge_chunks set embedding_status = 'refused', embedding_error = 'too long' where id = 1`,
  readReplay: `insert into replays (id, tenant_id, asked_by, asked)
    select '0b6f3a52-7c1d-4e57-9a40-2f8f6f1f3c12', min(id), 'admin', 1 from tenants`,
  revokeConnectedAgent: `update oauth_grants set code_used_at = now() where id = 1`,
  sendFeedback: `insert into questions (question_id, tenant_id, asked_at, channel, client, is_guest, query, query_key, filters, results,
      product_ids, document_ids, answered, degraded, took_ms)
    select '01935d4c-7a10-7c3e-9b51-0242ac120002', tenant_id, now(), 'search', '', false, 'boots', 'boots', '{}', 1, '{1}', '{}', true, false, 2
      from stores where id = 1`,
  confirmTokenSite: `update integration_tokens set pending_site_hash = repeat('a', 64) where id = 1`,
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fiko-contract-'))
  writeFileSync(join(folder, 'fiko-backup-0a1b2c3d-2026-11-27T03-00-00.000Z.gz'), 'as in the example')
  server = await startTestServer({ BACKUP_FOLDER: folder, BACKUP_SCHEDULE: 'off' })
  document = (await call(server.url, 'GET', '/openapi.json')).body
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  )
  // The examples name the first store, token and product of a new installation, and one user.
  shop = await server.newShop({ name: 'Boots & more' })
  await server.sql(`with owner as (insert into users (id, email, role)
      values ('0b6f3a52-7c1d-4e57-9a40-2f8f6f1f3c11', 'sara@example.com', 'owner') returning id)
    insert into tenants (owner_id) select id from owner`)
  await server.sql(`insert into oauth_clients (id, name, redirect_uris, auth_method)
    values ('fo_client_' || repeat('A', 43), 'Claude', '{https://claude.ai/api/mcp/auth_callback}', 'none')`)
  const knowledge = await server.knowledgeToken()
  credentials = {
    shopToken: { authorization: `Bearer ${shop.token}` },
    knowledgeToken: { authorization: `Bearer ${knowledge}` },
    session: { authorization: `Bearer ${ADMIN_API_KEY}` },
  }
  const event = operations.find(({ operationId }) => operationId === 'sendEvent')
  await send(event as (typeof operations)[number])
  await server.settled()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('every operation has its own id, its credentials, a schema for each success and the problem document for each refusal', () => {
  expect(operations.length).toBeGreaterThan(40)
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  for (const { operationId, security, responses } of operations) {
    expect(operationId).toMatch(/^[a-z]+(?:[A-Z][a-z]+)*$/)
    expect(security?.length, operationId).toBeGreaterThan(0)
    for (const kind of (security ?? []).flatMap((one) => Object.keys(one)))
      expect(Object.keys(document.components.securitySchemes)).toContain(kind)
    const statuses = Object.keys(responses).map(Number)
    expect(statuses, operationId).toEqual(expect.arrayContaining([400, 401, 403, 429, 500, 503]))
    expect(
      statuses.some((status) => status < 300),
      operationId,
    ).toBe(true)
    for (const [status, { description, content }] of Object.entries(responses)) {
      expect(description, `${operationId} ${status}`).toMatch(/^[A-Z].*\.$/s)
      if (Number(status) >= 400) {
        expect(content, `${operationId} ${status}`).toEqual({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        })
      } else if (status === '204') expect(content, operationId).toBeUndefined()
      else expect(Object.keys(content ?? {}).length, `${operationId} ${status}`).toBe(1)
      const json = content?.['application/json']?.schema
      if (json) expect(json.$ref ?? json.anyOf, `${operationId} ${status}`).toBeDefined()
    }
  }
})

test('every named schema is used, and every reference leads to one', () => {
  const text = JSON.stringify(document)
  const used = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1]))
  // The batch holds its events inline: a validator reads no references.
  expect([...used].sort()).toEqual(Object.keys(document.components.schemas).sort())
})

test('an operation that needs a value has an example of it, and the example fits its schema', () => {
  for (const { operationId, parameters = [], requestBody } of operations) {
    for (const { name, required, example } of parameters)
      if (required) expect(example, `${operationId} ${name}`).toBeDefined()
    const json = requestBody?.content['application/json']
    if (json) expect(json.example, operationId).toBeDefined()
  }
})

test('each example gets a documented success from a new installation', async () => {
  const place = ({ operationId }: Operation) => LAST.indexOf(operationId)
  for (const operation of [...operations].sort((a, b) => place(a) - place(b))) {
    const needed = NEEDED[operation.operationId]
    if (needed) await server.sql(needed)
    const status = await send(operation)
    expect(
      Object.keys(operation.responses).filter((known) => Number(known) < 300),
      operation.operationId,
    ).toContain(String(status))
  }
})

/** Sends the example of an operation; `call` holds the answer against its schema. */
async function send({
  method,
  path,
  parameters = [],
  requestBody,
  security = [],
  responses,
  operationId,
}: (typeof operations)[number]) {
  const query = new URLSearchParams()
  let address = path
  for (const { in: place, name, example } of parameters) {
    if (example === undefined) continue
    if (place === 'path') address = address.replace(`{${name}}`, String(example))
    else query.set(name, String(example))
  }
  if (query.size > 0) address += `?${query}`
  const kind = Object.keys(security[0] ?? {})[0] ?? ''
  const needsSession = ['changeMe', 'readAuthorizationRequest', 'decideAuthorization'].includes(operationId)
  const own = needsSession ? { cookie: (await signedIn(server, 'owner')).cookie } : credentials[kind]
  const headers = { ...own, origin: server.url }
  const body = requestBody?.content['application/json']?.example
  if (operationId !== 'watchEvents') return (await call(server.url, method, address, headers, body)).status
  // A stream has no end.
  const [accept = ''] = Object.keys(responses[200]?.content ?? {})
  const reader = new AbortController()
  const answer = await fetch(server.url + address, { headers: { ...headers, accept }, signal: reader.signal })
  reader.abort()
  expect(answer.headers.get('content-type')).toBe(accept)
  return answer.status
}

/** The path with the examples of its parameters. */
function filled(path: string, parameters: NonNullable<Operation['parameters']>): string {
  return parameters
    .filter(({ in: place }) => place === 'path')
    .reduce((address, { name, example }) => address.replace(`{${name}}`, String(example)), path)
}

describe('parameters', () => {
  test('a word that a parameter does not have is a 400 that lists the words it has', async () => {
    const checked: string[] = []
    for (const { operationId, method, path, parameters = [], security = [] } of operations) {
      const words = parameters.flatMap(({ in: place, name, schema }) =>
        place === 'query' && schema.enum ? [{ name, words: schema.enum as string[] }] : [],
      )
      const headers = credentials[Object.keys(security[0] ?? {})[0] ?? '']
      for (const { name, words: known } of words) {
        const answer = await call(server.url, method, `${filled(path, parameters)}?${name}=nonsense`, headers)
        expect(answer.status, `${operationId} ${name}`).toBe(400)
        const [issue] = answer.body.issues as { path: string; detail: string }[]
        expect(issue?.path).toBe(name)
        for (const word of known) expect(issue?.detail, operationId).toContain(word.replace(/^-/, ''))
        checked.push(`${operationId} ${name}`)
      }
    }
    expect(checked).toEqual(
      expect.arrayContaining([
        'listAuditEntries action',
        'listEvents status',
        'listEvents event_type',
        'listProducts ordering',
      ]),
    )
  })

  test('the same holds for words in a body', async () => {
    const answer = await server.admin('POST', '/api/v1/integrations/woocommerce/events/replay/', { status: 'failed' })
    expect(answer).toMatchObject({ status: 400, body: { issues: [{ path: 'status' }] } })
    expect(answer.body.detail).toContain('received, processed, superseded, retrying, dead')
  })
})

test('the check of answers finds a field that the schema does not have', () => {
  const token = closed(document, { $ref: '#/components/schemas/TokenList' }) as {
    properties: Record<string, JsonSchema>
  }
  expect(token).toMatchObject({ additionalProperties: false })
  expect(token.properties.results?.items).toMatchObject({ additionalProperties: false })
})
