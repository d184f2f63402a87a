/**
 * `npm run e2e`: a real WordPress with a real WooCommerce and the plugin, sending to a real server, scenario by scenario.
 * `npm run e2e -- sale outage`: those whose file names contain a word. `--database=postgres`: the server on PostgreSQL.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { createVitest, type TestModule } from 'vitest/node'
import { findChromium } from './support/requirements.ts'
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
process.exitCode = await run()

async function run(): Promise<number> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  const theatre = await openTheatre(database as Database, interrupted.signal).catch((error: Error) => {
    console.error(`The scenarios cannot run: ${error.message}`)
    return null
  })
  if (!theatre) return report({ passed: 0, failed: 1, skipped: 0 })
  try {
    const screenshots = resolve(process.env.SCREENSHOTS_DIR ?? 'e2e/screenshots')
    if (!existsSync(screenshots)) mkdirSync(screenshots, { recursive: true })
    const vitest = await createVitest('test', { config: 'e2e/vitest.config.ts', watch: false })
    vitest.provide('stage', { ...theatre.stage, chromium: findChromium() ?? '', screenshots })
    interrupted.signal.addEventListener('abort', () => void vitest.cancelCurrentRun('keyboard-input'))
    try {
      if (interrupted.signal.aborted) return report({ passed: 0, failed: 1, skipped: 0 })
      const { testModules, unhandledErrors } = await vitest.start(names)
      return report(countTests(testModules, unhandledErrors.length + (interrupted.signal.aborted ? 1 : 0)))
    } finally {
      await vitest.close()
    }
  } finally {
    await theatre.close()
  }
}

interface Counts {
  passed: number
  failed: number
  skipped: number
}

function countTests(modules: TestModule[], otherFailures: number): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const module of modules) {
    let failed = 0
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'failed') failed += 1
      else counts[state === 'passed' ? 'passed' : 'skipped'] += 1
    }
    // A file that fails outside its tests (its opening, its closing) counts as one failure.
    counts.failed += module.state() === 'failed' ? Math.max(failed, 1) : failed
  }
  if (counts.failed === 0) counts.failed = otherFailures
  if (counts.passed + counts.failed + counts.skipped === 0) counts.failed = 1
  return counts
}

function report({ passed, failed, skipped }: Counts): number {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  return failed > 0 ? 1 : 0
}
