/** A new database, an embedding provider as far away as a real one, and a server that uses both. */
import { type FakeProvider, startFakeProvider } from '../support/fake-embedding-provider.ts'
import { type BenchDatabase, type BenchServer, startBenchServer } from './bench-servers.ts'

export const PROVIDER_LATENCY_MS = 80
export const DIMENSIONS = 384

export interface ProviderServer {
  server: BenchServer
  provider: FakeProvider
  /** Settings that name the server's database. */
  installation: Record<string, string>
}

/** Runs `work` on them, and removes them in every case. */
export async function onProviderServer(
  database: BenchDatabase,
  work: (parts: ProviderServer) => Promise<void>,
): Promise<void> {
  const provider = await startFakeProvider({ latencyMs: PROVIDER_LATENCY_MS, dimensions: DIMENSIONS })
  const installation = await database.create()
  try {
    const server = await startBenchServer(installation.settings, {
      EMBEDDING_PROVIDER: 'openai',
      OPENAI_BASE_URL: provider.url,
      EMBEDDING_MODEL: 'fake',
      EMBEDDING_DIMENSIONS: String(DIMENSIONS),
    })
    try {
      await work({ server, provider, installation: installation.settings })
    } finally {
      await server.stop()
    }
  } finally {
    await installation.remove()
    await provider.close()
  }
}
