/**
 * `npm run e2e`: a real WordPress with a real WooCommerce and the plugin, sending to a real server, scenario by scenario.
 * `npm run e2e -- sale outage`: those whose file names contain a word. `--database=postgres`: the server on PostgreSQL.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Counts, Play } from './play.ts'
import { type Database, openTheatre } from './support/theatre.ts'

const databaseFlag = '--database='
const given = process.argv.slice(2)
const names = given.filter((argument) => !argument.startsWith('--'))
const database = given.find((argument) => argument.startsWith(databaseFlag))?.slice(databaseFlag.length) ?? 'embedded'
const unknown = given.filter((argument) => argument.startsWith('--') && !argument.startsWith(databaseFlag))

if (unknown.length > 0 || !['embedded', 'postgres'].includes(database)) {
  console.error(`Usage: npm run e2e -- [NAME…] [${databaseFlag}embedded|postgres]`)
  process.exit(2)
}
const { passed, failed, skipped } = await run()
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 ? 1 : 0

async function run(): Promise<Counts> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
  const nothing = { passed: 0, failed: 1, skipped: 0 }
  const theatre = await openTheatre(database as Database, interrupted.signal).catch((error: Error) => {
    console.error(`The scenarios cannot run: ${error.message}`)
    return null
  })
  if (!theatre) return nothing
  try {
    const screenshots = resolve(process.env.SCREENSHOTS_DIR ?? 'e2e/screenshots')
    mkdirSync(screenshots, { recursive: true })
    return await play({ names, stage: { ...theatre.stage, screenshots } }, interrupted.signal)
  } finally {
    await theatre.close()
  }
}

/** In a process of its own: vitest ends its process at a Ctrl-C, and somebody must be left to clear up. */
async function play(plan: Play, interrupted: AbortSignal): Promise<Counts> {
  let counts: Counts = { passed: 0, failed: 1, skipped: 0 }
  interrupted.throwIfAborted()
  const player = fork(new URL('play.ts', import.meta.url).pathname, [JSON.stringify(plan)], { stdio: 'inherit' })
  player.on('message', (message) => {
    counts = message as Counts
  })
  interrupted.addEventListener('abort', () => player.kill('SIGTERM'))
  const [code] = await once(player, 'exit')
  return code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 }
}
