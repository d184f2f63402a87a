import { randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { inject } from 'vitest'
import { readConfig } from '../../server/src/platform/config.ts'
import { embeddedOptions } from '../../server/src/platform/db/database-embedded.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { type RunningServer, startServer } from '../../server/src/server.ts'
import { checkAnswer, watchAnswers } from './contract.ts'
import { lendDatabase } from './kept-databases.ts'
import type { Templates } from './templates.ts'
import { UNLIMITED } from './unlimited.ts'

export const ADMIN_API_KEY = 'test-admin-key-0123456789'

/** The database of this run of the suite. */
export const databaseKind = process.env.TEST_DATABASE === 'postgres' ? 'postgres' : 'embedded'

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: an answer may be anything, which is what tests look at.
  body: any
}

export interface TestServer {
  url: string
  env: Record<string, string>
  running: RunningServer
  /** A request with the operator's key. */
  admin(method: string, path: string, body?: unknown): Promise<Answer>
  /** A new store with its own token, of the first admin's tenant unless another is named. */
  newShop(options?: { tenantOf?: string; name?: string }): Promise<Shop>
  /** A new owner with a tenant of their own; returns the user's id, for `newShop` and knowledge tokens. */
  newOwner(): Promise<string>
  knowledgeToken(userId?: string): Promise<string>
  search(query: string, options?: { token?: string; params?: Record<string, string> }): Promise<Answer>
  sql<Row = Record<string, unknown>>(text: string, values?: (string | number | boolean | null)[]): Promise<Row[]>
  /** Resolves when no event is open and no chunk of a document or an active product waits for its vector. */
  settled(patienceMs?: number): Promise<void>
  stop(): Promise<void>
}

export interface Shop {
  token: string
  tokenId: number
  storeId: number
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  send(event: unknown): Promise<Answer>
  sendBatch(events: unknown[]): Promise<Answer>
}

export interface FreshDatabase {
  env: Record<string, string>
  remove(): Promise<void>
}

/**
 * A fresh database of the kind this run is about, as the settings that name it. `new`: what a server finds at its first start.
 * `prepared`: with the schema and the weeks' partitions in it. `empty`: without the schema.
 */
export async function freshDatabase(is: 'new' | 'prepared' | 'empty' = 'new'): Promise<FreshDatabase> {
  const templates = inject('templates')
  const dataDir = mkdtempSync(join(tmpdir(), 'fiko-test-'))
  const removeDirectory = () => rmSync(dataDir, { recursive: true, force: true })
  if (databaseKind === 'embedded') {
    if (is !== 'new') {
      const original = is === 'prepared' ? templates.preparedDirectory : await emptyDirectory(templates)
      cpSync(original, dataDir, { recursive: true })
    }
    return { env: { DATA_DIR: dataDir }, remove: async () => removeDirectory() }
  }
  const base = process.env.TEST_DATABASE_URL
  if (!base) throw new Error('TEST_DATABASE_URL is not set: run npm test')
  const name = `fiko_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  await onServer(base, `create database ${name}${is === 'prepared' ? ` template ${templates.preparedDatabase}` : ''}`)
  const url = new URL(base)
  url.pathname = `/${name}`
  return {
    env: { DATA_DIR: dataDir, DATABASE_URL: url.href },
    remove: async () => {
      await onServer(base, `drop database if exists ${name} with (force)`)
      removeDirectory()
    },
  }
}

let empty: Promise<string> | undefined
/** A data directory without the schema, which one file needs: PGlite takes 10 s of CPU to make it. The run removes it at its end. */
function emptyDirectory({ preparedDirectory }: Templates): Promise<string> {
  empty ??= (async () => {
    const directory = join(dirname(preparedDirectory), `empty-${randomUUID()}`)
    mkdirSync(directory)
    await (await PGlite.create(embeddedOptions(join(directory, 'database'), false))).close()
    return directory
  })()
  return empty
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** An empty directory for a server whose database is a kept one; `freshDatabase` for one that is on PostgreSQL. */
async function ownDatabase(): Promise<FreshDatabase> {
  if (databaseKind === 'postgres') return await freshDatabase('prepared')
  const dataDir = mkdtempSync(join(tmpdir(), 'fiko-test-'))
  return { env: { DATA_DIR: dataDir }, remove: async () => rmSync(dataDir, { recursive: true, force: true }) }
}

/**
 * Starts a real server in this process on a database without data (or on the one in `env`). Retries come at once unless a test
 * says otherwise. `stop` also removes the database, unless `env` brought it. Without a database in `env`, `DATA_DIR` holds none of
 * the embedded database's files (kept-databases.ts): a test that looks at them, or lets another process open them, brings
 * `freshDatabase('prepared')`.
 */
export async function startTestServer(env: Record<string, string> = {}): Promise<TestServer> {
  const own = env.DATA_DIR ? null : await ownDatabase()
  const settings = {
    PORT: '0',
    ADMIN_API_KEY,
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    RETRY_DELAY_SECONDS: '0',
    EMBEDDING_PROVIDER: 'offline',
    // A test calls `running.alerts` when it wants a look.
    ALERTS: 'off',
    ...UNLIMITED,
    ...own?.env,
    ...env,
  }
  const open =
    own && databaseKind === 'embedded' ? () => lendDatabase(inject('templates').preparedDirectory) : undefined
  const running = await startServer(readConfig(settings), createLog(settings.LOG_LEVEL), watchAnswers, open)
  const url = running.address
  const admin = (method: string, path: string, body?: unknown) =>
    call(url, method, path, { authorization: `Bearer ${ADMIN_API_KEY}` }, body)
  const generate = async (body: object) => {
    const answer = await admin('POST', '/api/v1/integrations/tokens/generate/', body)
    if (answer.status !== 201) throw new Error(`no token: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const server: TestServer = {
    url,
    env: settings,
    running,
    admin,
    newShop: async ({ tenantOf, name = 'Test shop' } = {}) => {
      const made = await generate({ integration_type: 'woocommerce', name, ...(tenantOf && { user_id: tenantOf }) })
      return shopOf(url, made)
    },
    newOwner: async () => {
      const [row] = await running.db.owner.query<{ id: string }>(
        `with owner as (insert into users (email, role) values ($1, 'owner') returning id)
         insert into tenants (owner_id) select id from owner returning owner_id as id`,
        [`${randomUUID()}@example.com`],
      )
      return row?.id ?? ''
    },
    knowledgeToken: async (userId) => {
      const made = await generate({ integration_type: 'knowledge', name: 'AI', ...(userId && { user_id: userId }) })
      return made.token
    },
    search: (query, { token = ADMIN_API_KEY, params = {} } = {}) =>
      call(url, 'GET', `/api/v1/knowledge/search/?${new URLSearchParams({ q: query, fields: 'full', ...params })}`, {
        authorization: `Bearer ${token}`,
      }),
    // A test's DDL can meet a worker's locks in the opposite order; the statement that the database cancels is repeated.
    sql: (text, values = []) => againAfterDeadlock(() => running.db.owner.query(text, values)),
    settled: (patienceMs) =>
      waitFor(
        'everything to be applied and embedded',
        async () => {
          const [row] = await running.db.owner.query<{ open: number }>(
            `select (select count(*) from events where status in ('received', 'retrying'))
                + (select count(*) from products where (is_active and chunked_hash is distinct from content_hash)
                      or (deleted_at is not null and chunked_hash is not null))
                + (select count(*) from knowledge_chunks c left join products p on p.id = c.product_id
                    where c.embedding_status = 'pending' and (p.is_active or c.document_id is not null)) as open`,
          )
          return Number(row?.open) === 0
        },
        patienceMs,
      ),
    stop: async () => {
      await running.stop()
      await own?.remove()
    },
  }
  return server
}

async function againAfterDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if ((error as { code?: string }).code !== '40P01' || tries === 5) throw error
    }
  }
}

/** Speaks to a server as a shop with this token. */
export function shopOf(url: string, made: { token: string; id: number; store: { id: number } }): Shop {
  const request = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    call(url, method, path, { authorization: `Bearer ${made.token}`, ...headers }, body)
  return {
    token: made.token,
    tokenId: made.id,
    storeId: made.store.id,
    request,
    send: (event) => request('POST', '/api/integrations/woocommerce/webhook/', event),
    sendBatch: (events) => request('POST', '/api/integrations/woocommerce/webhook/batch/', { events }),
  }
}

/** One HTTP request; the body is sent as JSON unless it is bytes or text already. */
export async function call(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
): Promise<Answer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: isRaw ? (body as string) : JSON.stringify(body) }),
  })
  const text = await response.text()
  const { status, headers: received } = response
  const contentType = received.get('content-type') ?? ''
  const answer = { status, headers: received, body: /[/+]json/.test(contentType) && text ? JSON.parse(text) : text }
  checkAnswer(method, path, { status, contentType, body: answer.body })
  return answer
}

/** Far longer than a fact takes to come true on a busy machine. */
const GIVE_UP_MS = 120_000

/** Waits for a fact, not for a time; fails with its name when it does not come true. */
export async function waitFor(fact: string, isTrue: () => Promise<boolean>, timeoutMs = GIVE_UP_MS): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${fact}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
