/**
 * `npm run e2e`: a real WordPress with a real WooCommerce and the plugin, which sends to a real server, scenario by scenario.
 * `npm run e2e -- sale outage`: the scenarios whose file names contain one of the words. `--database=postgres`: the server on
 * PostgreSQL.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Counts, RunPlan } from './runner.ts'
import { type Database, openHarness } from './support/harness.ts'
import { watchForInterruption } from './support/interruption.ts'
import type { Hosts } from './support/requirements.ts'

/** Maximum time from a signal to the end of this process, even if a step of the cleanup hangs. */
const SHUTDOWN_MS = 60_000
/** From a signal, or from the last test, until the scenarios' processes are killed. */
const RUNNER_END_MS = 20_000

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
  const interrupted = watchForInterruption()
  interrupted.addEventListener('abort', () => {
    setTimeout(() => {
      console.error(
        `The end took longer than ${SHUTDOWN_MS / 1000} s; what is left in the temporary folder stays there.`,
      )
      process.exit(1)
    }, SHUTDOWN_MS).unref()
  })
  const nothing = { passed: 0, failed: 1, skipped: 0 }
  const { hosts, leftOut } = chooseHosts()
  const harness = await openHarness(database as Database, interrupted, hosts).catch((error: Error) => {
    console.error(`The scenarios cannot run: ${error.message}`)
    return null
  })
  if (!harness) return nothing
  try {
    if (interrupted.aborted) return nothing
    const screenshots = resolve(process.env.SCREENSHOTS_DIR ?? 'verify/e2e/screenshots')
    mkdirSync(screenshots, { recursive: true })
    return await runScenarios({ names, leftOut, sharedParts: { ...harness.sharedParts, screenshots } }, interrupted)
  } finally {
    await harness.close()
  }
}

/** The hosts of the chosen scenarios, and the files that are left out because their host is not available. */
function chooseHosts(): { hosts: Hosts; leftOut: string[] } {
  const isChosen = (file: string) => names.length === 0 || names.some((name) => file.includes(name))
  const [fpm, redis] = ['verify/e2e/scenarios/host-fpm.test.ts', 'verify/e2e/scenarios/host-redis.test.ts']
  const redisCache = process.env.REDIS_CACHE_DIR
  const isLeftOut = isChosen(redis) && !redisCache
  if (isLeftOut) {
    console.log('host-redis is left out: REDIS_CACHE_DIR does not name the folder of the plugin redis-cache.')
  }
  return {
    hosts: { fpm: isChosen(fpm), ...(isChosen(redis) && redisCache && { redisCache }) },
    leftOut: isLeftOut ? [redis] : [],
  }
}

/**
 * Runs vitest in its own process group: vitest ends its process at a Ctrl-C, and this process must clean up. The group
 * is killed when its first process has ended or does not end: a PHP process that waits for an answer would stay behind.
 */
async function runScenarios(plan: RunPlan, interrupted: AbortSignal): Promise<Counts> {
  let counts: Counts = { passed: 0, failed: 1, skipped: 0 }
  const path = new URL('runner.ts', import.meta.url).pathname
  const runner = fork(path, [JSON.stringify(plan)], { stdio: 'inherit', detached: true })
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      if (runner.pid) process.kill(-runner.pid, signal)
    } catch {
      // All of the group have ended.
    }
  }
  let timer: NodeJS.Timeout | undefined
  const killLater = () => {
    timer ??= setTimeout(() => {
      console.error(`The scenarios did not end within ${RUNNER_END_MS / 1000} s and were killed.`)
      signalGroup('SIGKILL')
    }, RUNNER_END_MS)
  }
  runner.on('message', (message) => {
    counts = message as Counts
    killLater()
  })
  interrupted.addEventListener('abort', () => {
    signalGroup('SIGTERM')
    killLater()
  })
  const [code] = await once(runner, 'exit')
  clearTimeout(timer)
  signalGroup('SIGKILL')
  return code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 }
}
