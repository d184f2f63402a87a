import { configDefaults, defineConfig } from 'vitest/config'
import { ALSO_ON_POSTGRES, NOT_ON_POSTGRES, ONLY_IN_ALL } from './verify/lanes.ts'

/** `npm test` and `npm run test:all` set it; everything else (a file that is named, an editor) may run all files on both databases. */
const isQuick = process.env.TEST_LANE === 'quick'
const isAll = process.env.TEST_LANE === 'all'
/** They end a test that hangs. They are far above what a test takes on a busy machine, so that load fails none. */
const LIMITS = { testTimeout: 240_000, hookTimeout: 240_000 }
const exclude = [...configDefaults.exclude, ...(isQuick ? ONLY_IN_ALL : [])]

/**
 * No project isolates its files (`isolate: false`): a worker loads the program once, and keeps its compiled code and one database
 * (verify/support/kept-databases.ts). Each file has a server of its own. Files must not change what others see: modules, globals, the
 * environment.
 *
 * Four projects: pure modules, the same server suite once on each database, and the dashboard's pages in a browser.
 * `scripts/test.ts` decides which of the two databases can be had and says so.
 */
const serverSuite = (name: 'embedded' | 'postgres') => ({
  test: {
    name,
    include: isQuick && name === 'postgres' ? ALSO_ON_POSTGRES : ['verify/suite/**/*.test.ts'],
    exclude: isAll && name === 'postgres' ? [...exclude, ...NOT_ON_POSTGRES] : exclude,
    env: { TEST_DATABASE: name },
    globalSetup: ['verify/support/templates.ts'],
    isolate: false,
    ...LIMITS,
  },
})

export default defineConfig({
  test: {
    // Many tests wait for a server or a time-out, so that two cores have room for more than two. With six, `npm test` took a quarter more.
    maxWorkers: 4,
    projects: [
      {
        test: {
          name: 'unit',
          isolate: false,
          include: ['verify/{unit,process}/**/*.test.ts'],
          exclude,
          ...LIMITS,
        },
      },
      serverSuite('embedded'),
      serverSuite('postgres'),
      {
        test: {
          name: 'pages',
          isolate: false,
          include: ['verify/pages/**/*.test.ts'],
          env: { TEST_DATABASE: 'embedded' },
          globalSetup: ['verify/support/templates.ts'],
          ...LIMITS,
        },
      },
    ],
  },
})
