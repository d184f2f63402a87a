import { type Config, ConfigError, readConfig } from './platform/config.ts'
import { createLog } from './platform/log.ts'
import { startServer } from './server.ts'
import { handOverFirstSecrets } from './tenants/sign-in/first-start.ts'

/**
 * Runs the server with these settings (default: the environment) until SIGTERM or SIGINT. If the start fails, the reason is printed
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
  // Registered before the address is announced, so that a signal right after it stops the server gracefully.
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
      'TRUSTED_PROXIES is not set although PUBLIC_URL uses https: all requests seem to come from the address of the proxy and share its rate limits.',
    )
  }
  if (config.embedding.provider === 'offline') {
    say('Embeddings: offline. They compare words, not meanings; set OPENAI_API_KEY or OPENAI_BASE_URL to use a model.')
  }
  if (server.firstStart) {
    const terminal = process.stderr.isTTY === true
    for (const line of handOverFirstSecrets(server.firstStart, config.adminEmail, config.dataDir, terminal)) say(line)
    say(
      `Next: open ${server.address} and sign in to connect a shop; or try it: see "Send your first product" in README.md.`,
    )
  }
}

/** Durability of the embedded database: docs/reliability.md. */
function describeEmbedded({ dataDir, embeddedFsync }: Config): string {
  const cost = embeddedFsync
    ? 'what was written around its last checkpoint'
    : 'what the system had not written yet, at worst all of it (EMBEDDED_FSYNC=on narrows that)'
  return `Database: embedded, in ${dataDir}. It survives a killed process; a power cut may cost ${cost}: take backups.`
}
