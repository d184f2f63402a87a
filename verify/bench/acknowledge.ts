/** Number of acknowledged events per second, beside an empty POST of the same body on the same server. */
import { type BenchDatabase, type BenchServer, startBenchServer } from './bench-servers.ts'
import type { LoadResult } from './load.ts'
import { measureMachine, startLoad } from './load-process.ts'
import { median, number, percent, table } from './report.ts'

const CONNECTIONS = 64
const ROUNDS = 3
const ROUND_SECONDS = 3
const WARM_UP_SECONDS = 2
/** Longest wait for the work that a round has left behind. */
const QUIET_PATIENCE_MS = 240_000

const WEBHOOK_PATH = '/api/integrations/woocommerce/webhook/'
const EMPTY_PATH = '/bench/empty/'

interface Round extends LoadResult {
  perSecond: number
  /** CPU time of the server process for each request. */
  cpuMsPerRequest: number
  /** Of all cores, by everything on the machine. */
  machineBusy: number
}

interface Variant {
  title: string
  /** Roles of the processes; the first is the one asked. */
  roles: ('all' | 'api' | 'worker')[]
}

const VARIANTS: Record<BenchDatabase['kind'], Variant[]> = {
  embedded: [{ title: 'embedded, ROLE=all (pipeline and database in the same process)', roles: ['all'] }],
  postgres: [
    { title: 'PostgreSQL, ROLE=api (the worker on another machine)', roles: ['api'] },
    { title: 'PostgreSQL, ROLE=api with a ROLE=worker process beside it', roles: ['api', 'worker'] },
    { title: 'PostgreSQL, ROLE=all (pipeline in the same process)', roles: ['all'] },
  ],
}

export async function benchAcknowledge(database: BenchDatabase): Promise<void> {
  for (const variant of VARIANTS[database.kind]) await benchVariant(database, variant)
}

async function benchVariant(database: BenchDatabase, { title, roles }: Variant): Promise<void> {
  const installation = await database.create()
  const servers: BenchServer[] = []
  const load = startLoad()
  try {
    for (const role of roles) servers.push(await startBenchServer(installation.settings, { ROLE: role }))
    const [server] = servers
    if (!server) throw new Error('a variant without a server')
    const token = await server.makeToken()
    const measure = async (path: string, seconds: number): Promise<Round> => {
      for (const each of servers) await each.quiet(QUIET_PATIENCE_MS)
      const cpuBefore = await server.cpuMs()
      const busy = measureMachine()
      const result = await load.run({ url: server.url, path, token, connections: CONNECTIONS, seconds })
      const machineBusy = busy()
      const cpuMs = (await server.cpuMs()) - cpuBefore
      const wrong = Object.keys(result.statuses).filter((status) => status !== '202')
      if (wrong.length > 0) throw new Error(`not only 202 was answered: ${JSON.stringify(result.statuses)}`)
      return {
        ...result,
        perSecond: result.requests / result.seconds,
        cpuMsPerRequest: cpuMs / result.requests,
        machineBusy,
      }
    }
    await measure(EMPTY_PATH, WARM_UP_SECONDS)
    await measure(WEBHOOK_PATH, WARM_UP_SECONDS)
    const empty: Round[] = []
    const events: Round[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      empty.push(await measure(EMPTY_PATH, ROUND_SECONDS))
      events.push(await measure(WEBHOOK_PATH, ROUND_SECONDS))
    }
    show(title, empty, events)
  } finally {
    load.stop()
    for (const server of servers) await server.stop()
    await installation.remove()
  }
}

function show(title: string, empty: Round[], events: Round[]): void {
  const rowOf = (name: string, rounds: Round[]) => [
    name,
    rounds.map((round) => number(round.perSecond)).join(' · '),
    number(median(rounds.map((round) => round.perSecond))),
    median(rounds.map((round) => round.p50Ms)).toFixed(1),
    median(rounds.map((round) => round.p99Ms)).toFixed(1),
    median(rounds.map((round) => round.cpuMsPerRequest)).toFixed(3),
    percent(median(rounds.map((round) => round.ownCpu))),
    percent(median(rounds.map((round) => round.machineBusy))),
  ]
  // Each round against the one before it: the machine's own speed changes by half within a run, and less between neighbours.
  const ratio = median(events.map((round, index) => round.perSecond / (empty[index]?.perSecond ?? Number.NaN)))
  console.log(`### Acknowledge: ${title}\n`)
  console.log(
    table(
      ['request', 'a second, each round', 'median', 'p50 ms', 'p99 ms', 'server CPU ms', 'load CPU', 'machine busy'],
      [rowOf('empty POST', empty), rowOf('event', events)],
    ),
  )
  console.log(`\nMedian of the rounds' ratios: **${percent(ratio)}**. Body: ${events[0]?.bodyBytes} bytes.\n`)
}
