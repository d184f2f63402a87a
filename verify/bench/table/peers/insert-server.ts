/** The naive receiver to compare with: one INSERT of the raw body for each request, answered with 202 after its commit. */
import { PGlite } from '@electric-sql/pglite'
import fastify from 'fastify'
import pg from 'pg'

/** As many connections as the product's server has. */
const POOL_SIZE = 12
const TABLE = 'create table received (id bigint generated always as identity primary key, body text not null)'
const INSERT = 'insert into received (body) values ($1)'

const database = process.env.DATABASE_URL ? await openPostgres(process.env.DATABASE_URL) : await openEmbedded()

const app = fastify({ logger: false })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: string) => body)
app.get('/healthz', async () => ({ status: 'ok' }))
app.post<{ Body: string }>('/api/integrations/woocommerce/webhook/', async (request, reply) => {
  await database.insert(request.body)
  return reply.code(202).send()
})
const address = await app.listen({ host: '127.0.0.1', port: 0 })

process.on('SIGTERM', async () => {
  await app.close()
  await database.close()
  process.exit(0)
})
// The words that scripts/server-process.ts waits for.
process.stderr.write(`Fiko Sync is ready: ${address}\n`)

async function openPostgres(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE })
  await pool.query(TABLE)
  return {
    insert: async (body: string) => void (await pool.query({ name: 'insert', text: INSERT, values: [body] })),
    close: () => pool.end(),
  }
}

async function openEmbedded() {
  const client = await PGlite.create(`${process.env.DATA_DIR}/naive`)
  await client.exec(TABLE)
  return {
    insert: async (body: string) => void (await client.query(INSERT, [body])),
    close: () => client.close(),
  }
}
