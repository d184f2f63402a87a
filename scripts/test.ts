/**
 * `npm test`: decides which databases the suite can run on, says so, runs vitest and ends with one line of counts. It leaves out the
 * dashboard's pages and the files in verify/lanes.ts; `npm run test:all` runs everything.
 *
 * The embedded database is always there. PostgreSQL is the one in TEST_DATABASE_URL, or a throw-away cluster where
 * Debian's packages are installed, or else skipped, visibly; with REQUIRE_POSTGRES=1 that is a failure. The WordPress plugin's
 * PHP tests run where phpunit is, and the dashboard's where Chromium is, or else are skipped, visibly; with REQUIRE_PHP=1 and
 * REQUIRE_CHROMIUM=1 that is a failure.
 * Arguments go to vitest: `npm test -- verify/unit`, `npm test -- --project=unit`. They choose among all files.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { ONLY_IN_ALL } from '../verify/lanes.ts'
import { findChromium } from './chromium.ts'
import { missingForThrowawayPostgres, startThrowawayPostgres, type ThrowawayPostgres } from './throwaway-postgres.ts'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** The part of vitest's JSON report that is read here. */
interface VitestReport {
  numPassedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

/** Either a database to test on, or the reason why there is none. */
type Postgres = { url: string; throwaway?: ThrowawayPostgres } | { unavailable: string }

const projectFlag = '--project='
const allFlag = '--all'
const isAll = process.argv.includes(allFlag)
const given = process.argv.slice(2).filter((argument) => argument !== allFlag)
const vitestArguments = given.filter((argument) => !argument.startsWith(projectFlag))
const chosenProjects = given
  .filter((argument) => argument.startsWith(projectFlag))
  .map((argument) => argument.slice(projectFlag.length))

const ROOM_BYTES = 6_000_000_000
const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 }

process.exitCode = await runTests()

async function runTests(): Promise<number> {
  // A file that is named is one of vitest's.
  const isWhole = chosenProjects.length === 0 && vitestArguments.length === 0
  const isQuick = isWhole && !isAll
  if (isWhole && isAll) process.env.TEST_LANE = 'all'
  if (isQuick) {
    process.env.TEST_LANE = 'quick'
    console.log(
      `Left to npm run test:all: the dashboard's pages and ${ONLY_IN_ALL.length} long files (verify/lanes.ts)`,
    )
  }
  const plugin = isWhole || chosenProjects.includes('plugin') ? await runPluginTests() : NOTHING
  const asked =
    chosenProjects.length > 0
      ? chosenProjects.filter((name) => name !== 'plugin')
      : ['unit', 'embedded', 'postgres', ...(isQuick ? [] : ['pages'])]
  const unseen = asked.includes('pages') && !findChromium() ? withoutBrowser() : NOTHING
  const wanted = unseen === NOTHING ? asked : asked.filter((name) => name !== 'pages')
  const rest = wanted.length > 0 ? await runServerTests(wanted) : NOTHING
  return report([plugin, unseen, rest].reduce(sum))
}

/** The dashboard's pages where there is no browser to open them in. */
function withoutBrowser(): Counts {
  const isFailure = process.env.REQUIRE_CHROMIUM === '1'
  console.log(
    `Dashboard's pages ${isFailure ? 'cannot be tested' : 'skipped'}: no Chromium (apt-get install chromium-headless-shell)`,
  )
  return { ...NOTHING, [isFailure ? 'failed' : 'skipped']: 1 }
}

function sum(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

/** The plugin's pure parts, with Debian's phpunit. */
async function runPluginTests(): Promise<Counts> {
  const { error, stdout } = spawnSync('phpunit', ['--version'], { encoding: 'utf8' })
  if (error || !stdout.startsWith('PHPUnit ')) {
    const isFailure = process.env.REQUIRE_PHP === '1'
    console.log(
      `Plugin's PHP tests ${isFailure ? 'cannot run' : 'skipped'}: phpunit is not installed (apt-get install phpunit)`,
    )
    return { ...NOTHING, [isFailure ? 'failed' : 'skipped']: 1 }
  }
  const folder = await mkdtemp(join(tmpdir(), 'test-report-'))
  try {
    const file = join(folder, 'phpunit.xml')
    const { status } = spawnSync('phpunit', ['-c', 'plugin/phpunit.xml', '--colors=never', '--log-junit', file], {
      stdio: 'inherit',
    })
    const whole = /<testsuite [^>]*>/.exec(await readFile(file, 'utf8').catch(() => ''))?.[0] ?? ''
    const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(whole)?.[1] ?? 0)
    const skipped = count('skipped')
    // phpunit that ends with an error and counts none (no test found, a warning) has failed all the same.
    const failed = count('failures') + count('errors') || (status === 0 && count('tests') > 0 ? 0 : 1)
    return { passed: Math.max(0, count('tests') - failed - skipped), failed, skipped }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runServerTests(wanted: string[]): Promise<Counts> {
  if (!wanted.includes('postgres')) return await runVitest(wanted, undefined)

  const postgres = await findPostgres()
  if ('url' in postgres) {
    try {
      return await runVitest(wanted, postgres.url)
    } finally {
      await postgres.throwaway?.stop()
    }
  }

  // A database that was named and cannot be used is a mistake to show, not a suite to skip.
  if (process.env.TEST_DATABASE_URL || process.env.REQUIRE_POSTGRES === '1') {
    console.error(`PostgreSQL suite cannot run: ${postgres.unavailable}`)
    return { ...NOTHING, failed: 1 }
  }
  const others = wanted.filter((project) => project !== 'postgres')
  const counts = others.length > 0 ? await runVitest(others, undefined) : NOTHING
  console.log(
    `PostgreSQL suite skipped: ${postgres.unavailable} (scripts/install-postgres.sh installs it on Debian 12)`,
  )
  return { ...counts, skipped: counts.skipped + 1 }
}

function report({ passed, failed, skipped }: Counts): number {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  return failed > 0 ? 1 : 0
}

async function findPostgres(): Promise<Postgres> {
  const url = process.env.TEST_DATABASE_URL
  if (url) {
    const reason = await whyUnusable(url)
    return reason ? { unavailable: `TEST_DATABASE_URL is set, but ${reason}` } : { url }
  }
  const missing = missingForThrowawayPostgres()
  if (missing) return { unavailable: missing }
  try {
    const throwaway = await startThrowawayPostgres()
    return { url: throwaway.url, throwaway }
  } catch (error) {
    return { unavailable: String(error) }
  }
}

async function whyUnusable(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
    const { rowCount } = await client.query(`select from pg_available_extensions where name = 'vector'`)
    return rowCount === 0 ? 'that server has no pgvector (extension "vector")' : undefined
  } catch (error) {
    return `it cannot be reached: ${error instanceof AggregateError ? error.errors.join(', ') : error}`
  } finally {
    await client.end()
  }
}

async function runVitest(projects: string[], databaseUrl: string | undefined): Promise<Counts> {
  const folder = await mkdtemp(join(await roomyMemory(), 'test-run-'))
  const reportFile = join(folder, 'report.json')
  const environment = { ...process.env }
  // Dozens of servers are started; compiling the program once instead of each time spares half a second each.
  environment.NODE_COMPILE_CACHE = join(folder, 'compiled')
  environment.TMPDIR = folder
  if (databaseUrl) environment.TEST_DATABASE_URL = databaseUrl

  try {
    const vitest = spawn(
      process.execPath,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${reportFile}`,
        ...projects.map((name) => `${projectFlag}${name}`),
        ...vitestArguments,
      ],
      { stdio: 'inherit', env: environment },
    )
    // Ctrl-C reaches vitest by itself; it then ends, and this process says how far it came.
    const ignore = () => {}
    process.on('SIGINT', ignore)
    process.once('SIGTERM', () => vitest.kill('SIGTERM'))
    const [exitCode] = await once(vitest, 'exit')
    process.off('SIGINT', ignore)
    return countTests(exitCode === 0, await readReport(reportFile))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Directory for the run's hundred embedded databases: in memory if there is room, because writing them would take a third of the
 * time.
 */
async function roomyMemory(): Promise<string> {
  const free = await statfs('/dev/shm').then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  )
  return free > ROOM_BYTES ? '/dev/shm' : tmpdir()
}

/** Undefined when vitest ended before it could write one, which its exit code then tells. */
async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as VitestReport
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function countTests(vitestSucceeded: boolean, vitestReport: VitestReport | undefined): Counts {
  if (!vitestReport) return { passed: 0, failed: 1, skipped: 0 }
  let failed = 0
  for (const file of vitestReport.testResults) {
    const failedTests = file.assertionResults.filter((test) => test.status === 'failed').length
    // A file that fails before its first test counts as one failure; it would be invisible otherwise.
    failed += file.status === 'failed' ? Math.max(failedTests, 1) : failedTests
  }
  // So does what failed outside every test: an unhandled rejection, no test found.
  if (!vitestSucceeded && failed === 0) failed = 1
  return {
    passed: vitestReport.numPassedTests,
    failed,
    skipped: vitestReport.numPendingTests + vitestReport.numTodoTests,
  }
}
