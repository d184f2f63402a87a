import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Asker } from './answers.ts'
import type { MoodyProvider } from './moody-provider.ts'
import { startBroker } from './naive/broker.ts'
import { strike } from './postgres-faults.ts'
import { readRows, startPostgresBehindNetwork } from './server-on-postgres.ts'
import { judgeVector, type Snapshot, type StoredEvent, type StoredProduct } from './snapshot.ts'
import { type Supervised, supervise } from './supervisor.ts'
import type { System } from './system.ts'

const SCHEMA = new URL('naive/schema.sql', import.meta.url)
const ROLES = ['api', 'api', 'worker', 'worker']
/** A job in hand is not in the queue: when nothing has waited for so long, none is left either. */
const QUIET_MS = 10_000
const POLL_MS = 250

/** The usual design (verify/chaos/naive) in the server's place, as the same four processes on the same kind of database. */
export async function startUsualDesign(
  _asker: Asker,
  { provider, logFolder }: { provider: MoodyProvider; logFolder: string },
): Promise<System> {
  const postgres = await startPostgresBehindNetwork()
  const broker = await startBroker()
  await readRows(postgres.directUrl, await readFile(SCHEMA, 'utf8'))
  const settings = { DATABASE_URL: postgres.url, BROKER_URL: broker.url, ...provider.settings }
  const processes: Supervised[] = []
  for (const [at, role] of ROLES.entries()) {
    const logFile = join(logFolder, `${role}-${at}.log`)
    processes.push(await supervise({ role, entry: `verify/chaos/naive/${role}.ts`, settings, logFile }))
  }
  await Promise.all(processes.map((process) => process.ready()))
  return {
    description: `the usual design (verify/chaos/naive); ${postgres.description}; ${ROLES.join(', ')}`,
    processes,
    addresses: () => processes.filter(({ role }) => role === 'api').map(({ url }) => url),
    openShops: async (plans) => {
      const tokens = plans.map(() => randomBytes(16).toString('hex'))
      const values = tokens.map((token) => `('${token}')`).join(', ')
      const rows = await readRows<{ id: number }>(
        postgres.directUrl,
        `insert into shops (token) values ${values} returning id`,
      )
      return plans.map(({ tenant }, at) => ({ tenant, storeId: rows[at]?.id ?? 0, token: tokens[at] ?? '' }))
    },
    strike: (fault) => strike(fault, { ...postgres, processes, databaseUrl: postgres.directUrl }),
    settled: async (_shops, patienceMs) => {
      const deadline = Date.now() + patienceMs
      let quietSince = Date.now()
      while (Date.now() - quietSince < QUIET_MS) {
        if (broker.waiting() > 0) quietSince = Date.now()
        if (Date.now() > deadline) return false
        await delay(POLL_MS)
      }
      return true
    },
    snapshot: () => takeSnapshot(postgres.directUrl),
    close: async () => {
      await Promise.all(processes.map((process) => process.end()))
      await broker.close()
      await postgres.close()
    },
  }
}

async function takeSnapshot(url: string): Promise<Snapshot> {
  const events = await readRows<StoredEvent>(
    url,
    `select shop_id as "storeId", event_id as "eventId", null as attempts,
            case status when 'processed' then 'ended' when 'failed' then 'dead' else 'open' end as state
       from webhook_events order by id`,
  )
  const products = await readRows<Omit<StoredProduct, 'texts'> & { text: string | null; vector: string | null }>(
    url,
    `select p.shop_id as "storeId", p.external_id as "productId", false as "isDeleted", p.status = 'publish' as "isActive",
            null as version, p.name, p.description, p.price::text as price, p.stock_quantity::float8 as stock, v.text,
            v.embedding::text as vector
       from products p left join product_vectors v on v.product_id = p.id`,
  )
  return {
    events,
    products: products.map(({ text, vector, ...product }) => ({
      ...product,
      texts: text === null ? [] : [{ text, position: 0, vector: judgeVector(text, vector) }],
    })),
    refusedTexts: 0,
    keepsTombstones: false,
    searchAsksProduct: false,
  }
}
