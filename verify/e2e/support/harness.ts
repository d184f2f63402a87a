/** Everything that scenarios share: the databases, the golden shop, and the server. Made once, removed in any case. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServerProcess } from '../../../scripts/server-process.ts'
import { startThrowawayPostgres } from '../../../scripts/throwaway-postgres.ts'
import { ADMIN_API_KEY } from './backend.ts'
import { makeGoldenShop } from './golden-shop.ts'
import { startMariaDb } from './mariadb.ts'
import { findRequirements, type Hosts } from './requirements.ts'
import type { SharedParts } from './shop.ts'

/** Time limit of one step of the closing. Every process ends with this one in any case. */
const STEP_MS = 25_000

export type Database = 'embedded' | 'postgres'

export interface Harness {
  sharedParts: SharedParts & { backendUrl: string }
  close(): Promise<void>
}

/** @throws {Error} that says what is missing, or what did not start; nothing is left behind then */
export async function openHarness(
  database: Database,
  interrupted: AbortSignal,
  hosts: Hosts = { fpm: false },
): Promise<Harness> {
  // Debian installs mariadbd here, which is not in every user's PATH.
  process.env.PATH = `${process.env.PATH}:/usr/sbin`
  const folder = await mkdtemp(join(tmpdir(), 'fiko-e2e-'))
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async () => {
    for (const step of closing.splice(0).reverse()) {
      await withinTime(step()).catch((error: Error) => console.error(error.message))
    }
  }
  try {
    const sources = await findRequirements(folder, hosts)
    const mariadb = await startMariaDb(folder)
    closing.push(() => mariadb.stop())
    const databaseSettings: Record<string, string> = {}
    if (database === 'postgres') {
      const postgres = await startThrowawayPostgres()
      closing.push(() => postgres.stop())
      databaseSettings.DATABASE_URL = postgres.url
    }
    const server = await startServerProcess({
      settings: {
        ADMIN_API_KEY,
        LOG_LEVEL: 'warn',
        EMBEDDING_PROVIDER: 'offline',
        // All shops of all scenarios come from one address.
        FAILED_AUTH_PER_MINUTE: '1000',
        // The shops run on this machine.
        OUTGOING_PRIVATE_ADDRESSES: 'on',
        FRESHNESS_SECOND_LOOK_SECONDS: '5',
        DATA_DIR: join(folder, 'server'),
        ...databaseSettings,
      },
    })
    closing.push(() => server.stop())
    const golden = await makeGoldenShop(folder, mariadb.socket, sources, interrupted)
    return { sharedParts: { folder, socket: mariadb.socket, ...golden, backendUrl: server.url }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function withinTime(step: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a step of the closing took longer than ${STEP_MS / 1000} s`)), STEP_MS)
  })
  await Promise.race([step, late]).finally(() => clearTimeout(timer))
}
