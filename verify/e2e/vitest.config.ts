import { defineConfig } from 'vitest/config'

/** `verify/e2e/run.ts` starts the parts that all scenarios share. Scenarios are not part of `npm test`. */
export default defineConfig({
  test: {
    include: ['verify/e2e/scenarios/**/*.test.ts'],
    // A shop is a web server, PHP processes and a browser at times: two files at once keep two cores busy.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
