/** A database for one campaign, gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createScratchDatabase } from '../../scripts/scratch-database.ts'
import { startThrowawayPostgres } from '../../scripts/throwaway-postgres.ts'

export interface CampaignDatabase {
  /** The server's settings for this database. */
  settings: Record<string, string>
  close(): Promise<void>
}

/** PostgreSQL is the server of DATABASE_URL (in a database of its own there), or else a throw-away cluster. */
export async function openDatabaseOf(kind: 'embedded' | 'postgres'): Promise<CampaignDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'fiko-fuzz-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  if (kind === 'embedded') return { settings: { DATA_DIR: directory }, close: remove }
  const cluster = process.env.DATABASE_URL ? null : await startThrowawayPostgres()
  const scratch = await createScratchDatabase(process.env.DATABASE_URL ?? cluster?.url ?? '')
  return {
    settings: { DATA_DIR: directory, DATABASE_URL: scratch.url },
    close: async () => {
      await scratch.drop()
      await cluster?.stop()
      await remove()
    },
  }
}
