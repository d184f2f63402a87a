import { type Config, ConfigError, readConfig } from './platform/config.ts'
import { createLog } from './platform/log.ts'
import { startServer } from './server.ts'
import { handOverFirstSecrets } from './tenants/first-start.ts'

/**
 * Starts the server with these settings (else the environment's) and keeps it until SIGTERM or SIGINT. What stops the start is said in one sentence,
 * and the process ends with exit code 1.
 */
export async function serve(env?: Record<string, string | undefined>): Promise<void> {
  await run(env).catch((error: unknown) => {
    const reason = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error)
    process.stderr.write(`${reason}\n`)
    process.exit(1)
  })
}

async function run(env?: Record<string, string | undefined>): Promise<void> {
  const config = readConfig(env)
  const log = createLog(config.logLevel)
  const server = await startServer(config, log)
  // Before the address is announced: who reads it may stop the server at once, and must not kill it instead.
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'server.stopping')
    server.stop().then(
      () => {
        log.info('server.stopped')
        process.exit(0)
      },
      (error: unknown) => {
        log.error({ error: String(error) }, 'server.stop_failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  const say = (line: string) => process.stderr.write(`${line}\n`)
  say(`Fiko Sync is ready: ${server.address}`)
  say(config.databaseUrl ? 'Database: PostgreSQL.' : describeEmbedded(config))
  if (config.publicUrl?.startsWith('https://') && config.trustedProxies.length === 0) {
    say(
      'TRUSTED_PROXIES is not set, though people come by https: everybody seems to come from the proxy’s address, and shares its limits.',
    )
  }
  if (config.embedding.provider === 'offline') {
    say(
      'Embeddings: offline. They compare words, not meanings; set OPENAI_API_KEY or OPENAI_BASE_URL for a real model.',
    )
  }
  if (server.firstStart) {
    const terminal = process.stderr.isTTY === true
    for (const line of handOverFirstSecrets(server.firstStart, config.adminEmail, config.dataDir, terminal)) say(line)
    say(
      `Next: open ${server.address} and sign in to connect a shop; or try it: see "Send your first product" in README.md.`,
    )
  }
}

/** What the embedded database's acknowledgement is worth: docs/reliability.md. */
function describeEmbedded({ dataDir, embeddedFsync }: Config): string {
  const cost = embeddedFsync
    ? 'what was written around its last checkpoint'
    : 'what the system had not written yet, at worst all of it (EMBEDDED_FSYNC=on narrows that)'
  return `Database: embedded, in ${dataDir}. It survives a killed process; a power cut may cost ${cost}: take backups.`
}
