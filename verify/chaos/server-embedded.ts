import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '../../server/src/platform/db/database-embedded.ts'
import { createLog } from '../../server/src/platform/log.ts'
import type { Asker } from './answers.ts'
import { createBackupReaders } from './backup-readers.ts'
import type { MoodyProvider } from './moody-provider.ts'
import { ADMIN_API_KEY, lookOn, openShops, sampleSearch, settled } from './server-over-http.ts'
import { takeSnapshot } from './snapshot.ts'
import { supervise } from './supervisor.ts'
import type { System } from './system.ts'

/** The real server as one process with the embedded database. */
export async function startServerEmbedded(
  asker: Asker,
  { provider, logFolder, seed }: { provider: MoodyProvider; logFolder: string; seed: number },
): Promise<System> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fiko-chaos-'))
  const server = await supervise({
    role: 'all',
    settings: { DATA_DIR: dataDir, ADMIN_API_KEY, LOG_LEVEL: 'warn', ...provider.settings },
    logFile: join(logFolder, 'all.log'),
  })
  await server.ready()
  return {
    description: 'PGlite in a temporary directory, fsync off; one process',
    processes: [server],
    addresses: () => [server.url],
    openShops: (plans) => openShops(asker, plans),
    strike: async () => {
      await server.kill()
      // It takes seconds to start: killed every 2 to 5 s regardless, it would hardly serve.
      await server.ready()
    },
    lookOn: (shops, isOver) => lookOn(asker, server.url, shops, isOver, seed),
    backups: createBackupReaders(() => [server.url]),
    takesHeavyEvents: true,
    settled: (models, patienceMs) => settled(asker, models, patienceMs),
    sample: (shops) => sampleSearch(asker, shops, seed),
    snapshot: async () => {
      await server.stop()
      const db = await openEmbedded(dataDir, false, createLog('warn'))
      try {
        return await takeSnapshot(db.owner)
      } finally {
        await db.close()
      }
    },
    close: async () => {
      await server.end()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
