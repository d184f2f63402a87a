import { ConfigError, readConfig } from './platform/config.ts'
import { createLog } from './platform/log.ts'
import { startServer } from './server.ts'
import { handOverFirstToken } from './tenants/first-start.ts'

/** Starts the server from the environment's settings and keeps it until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const config = readConfig()
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
  say(
    config.databaseUrl
      ? 'Database: PostgreSQL.'
      : `Database: embedded, in ${config.dataDir}. It survives a killed process; ${config.embeddedFsync ? 'with EMBEDDED_FSYNC=on a power cut may cost what was written since the last checkpoint.' : 'a power cut may cost the last seconds (EMBEDDED_FSYNC=on narrows that).'}`,
  )
  if (config.embedding.provider === 'offline') {
    say(
      'Embeddings: offline. They compare words, not meanings; set OPENAI_API_KEY or OPENAI_BASE_URL for a real model.',
    )
  }
  if (server.firstToken) {
    say(handOverFirstToken(server.firstToken, config.dataDir, process.stderr.isTTY === true))
    say(`Next: paste it into the shop's plugin, or try it: see "Send your first product" in README.md.`)
  }
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`)
  else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
})
