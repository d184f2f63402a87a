/** Runs the scenario files against the parts that `run.ts` has started, and sends the counts to it. */

import type { ProvidedContext } from 'vitest'
import { createVitest, type TestModule } from 'vitest/node'
import type {} from './support/shop.ts'

export interface RunPlan {
  names: string[]
  /** Scenario files whose host is not available. */
  leftOut: string[]
  sharedParts: ProvidedContext['sharedParts']
}

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

// The parent process and its servers have ended, so this process group must end, too. Zero is the own group.
const end = () => process.kill(0, 'SIGKILL')
process.once('disconnect', end)
const { names, leftOut, sharedParts } = JSON.parse(process.argv[2] ?? '') as RunPlan
const vitest = await createVitest('test', { config: 'verify/e2e/vitest.config.ts', watch: false, exclude: leftOut })
vitest.provide('sharedParts', sharedParts)
const { testModules, unhandledErrors } = await vitest.start(names)
process.send?.(countTests(testModules, unhandledErrors.length))
await vitest.close()
process.off('disconnect', end)
process.disconnect?.()

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
