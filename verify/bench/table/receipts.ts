/** Acknowledged events a second, beside an empty POST on the same server and an INSERT per request on a naive one. */
import { startServerProcess } from '../../../scripts/server-process.ts'
import { type BenchDatabase, type BenchServer, startBenchServer } from '../bench-servers.ts'
import type { LoadResult } from '../load.ts'
import { measureMachine, startLoad } from '../load-process.ts'
import { median, percent } from '../report.ts'
import { databaseCpu, type PartRun, readMetric } from './part.ts'
import { cpuMsOf } from './processes.ts'

const CONNECTIONS = 64
/** Longest wait for the work that a round has left behind. */
const QUIET_PATIENCE_MS = 120_000
const BATCH_SIZE = 100
/** 200 KB a request: more requests at once are refused by the limit of unread bytes. */
const BATCH_CONNECTIONS = 4

const EMPTY_PATH = '/bench/empty/'
const WEBHOOK_PATH = '/api/integrations/woocommerce/webhook/'
const BATCH_PATH = `${WEBHOOK_PATH}batch/`

interface Variant {
  system: string
  kind: BenchDatabase['kind']
  /** Roles of the processes; the first one is asked. */
  roles: ('all' | 'api' | 'worker')[]
  /** System of the naive server that takes part in the rounds. */
  insert?: string
}

const VARIANTS: Variant[] = [
  { system: 'embedded', kind: 'embedded', roles: ['all'], insert: 'embedded-insert' },
  { system: 'postgres-api', kind: 'postgres', roles: ['api'], insert: 'postgres-insert' },
  { system: 'postgres-all', kind: 'postgres', roles: ['all'] },
  { system: 'postgres-worker', kind: 'postgres', roles: ['api', 'worker'] },
]

interface Round extends LoadResult {
  perSecond: number
  serverCpuMs: number
  databaseCpuMs: number
  machineBusy: number
}

type Load = ReturnType<typeof startLoad>

export async function measureReceipts(run: PartRun): Promise<void> {
  for (const variant of VARIANTS) {
    const database = run.databases.find(({ kind }) => kind === variant.kind)
    if (database && run.plan.receipts.systems.includes(variant.system)) await measureVariant(run, database, variant)
  }
}

async function measureVariant(run: PartRun, database: BenchDatabase, variant: Variant): Promise<void> {
  const { rounds, seconds, warmUpSeconds } = run.plan.receipts
  await onServers(database, variant.roles, async ({ servers, asked, load, token }) => {
    const cpuOfDatabase = await databaseCpu(database)
    let isWorkLeft = true
    const measure = async (server: { url: string; pid: number }, path: string, during: number): Promise<Round> => {
      if (isWorkLeft) for (const each of servers) await each.quiet(QUIET_PATIENCE_MS)
      isWorkLeft = server === asked && path === WEBHOOK_PATH
      const before = { server: cpuMsOf(server.pid), database: cpuOfDatabase() }
      const busy = measureMachine()
      const result = await load.run({ url: server.url, path, token, connections: CONNECTIONS, seconds: during })
      refuseWrongAnswers(result)
      return {
        ...result,
        perSecond: result.requests / result.seconds,
        machineBusy: busy(),
        serverCpuMs: (cpuMsOf(server.pid) - before.server) / result.requests,
        databaseCpuMs: (cpuOfDatabase() - before.database) / result.requests,
      }
    }
    const naive = variant.insert === undefined ? undefined : await startInsertServer(database)
    try {
      const [empty, events, inserts]: Round[][] = [[], [], []]
      const acceptedBefore = await readMetric(asked, 'fiko_events_received_total', 'accepted')
      await measure(asked, EMPTY_PATH, warmUpSeconds)
      let sent = (await measure(asked, WEBHOOK_PATH, warmUpSeconds)).requests
      if (naive) await measure(naive, WEBHOOK_PATH, warmUpSeconds)
      for (let round = 0; round < rounds; round += 1) {
        // The events come last: the next round waits for their work, and after the last one nothing does.
        if (naive) inserts?.push(await measure(naive, WEBHOOK_PATH, seconds))
        empty?.push(await measure(asked, EMPTY_PATH, seconds))
        events?.push(await measure(asked, WEBHOOK_PATH, seconds))
      }
      for (const round of events ?? []) sent += round.requests
      const accepted = (await readMetric(asked, 'fiko_events_received_total', 'accepted')) - acceptedBefore
      if (accepted !== sent) throw new Error(`${sent} events were answered with 202, and ${accepted} were stored`)
      record(run, variant, empty ?? [], events ?? [], inserts ?? [])
    } finally {
      await naive?.stop()
    }
  })
}

function record(run: PartRun, { system, insert }: Variant, empty: Round[], events: Round[], inserts: Round[]): void {
  const { rounds, seconds } = run.plan.receipts
  const facts = {
    conditions: `${CONNECTIONS} connections, ${events[0]?.bodyBytes} bytes, ${rounds} × ${seconds} s`,
    because: reasonOf(empty, events),
  }
  // Each round against the one before it: the machine's own speed changes by half within a run, and less between neighbours.
  const shares = (of: Round[]) => of.map((round, at) => (100 * round.perSecond) / (empty[at]?.perSecond ?? Number.NaN))
  run.record(`receipts/${system}/share`, shares(events), facts)
  run.record(
    `receipts/${system}/rate`,
    events.map((round) => round.perSecond),
    facts,
  )
  run.record(
    `receipts/${system}/p99`,
    events.map((round) => round.p99Ms),
    facts,
  )
  run.record(
    `receipts/${system}/cpu`,
    events.map((round, at) => round.serverCpuMs - (empty[at]?.serverCpuMs ?? Number.NaN)),
    facts,
  )
  if (insert !== undefined) run.record(`receipts/${insert}/share`, shares(inserts), { conditions: facts.conditions })
}

function reasonOf(empty: Round[], events: Round[]): string {
  const of = (rounds: Round[], value: (round: Round) => number) => median(rounds.map(value))
  const cpuOf = (rounds: Round[]) => of(rounds, (round) => round.serverCpuMs)
  return [
    cpuOfEvent(
      cpuOf(events),
      of(events, (round) => round.databaseCpuMs),
    ),
    `an empty POST ${cpuOf(empty).toFixed(3)} ms`,
    `cores busy ${percent(of(events, (round) => round.machineBusy))}`,
    `load generator ${percent(of(events, (round) => round.ownCpu))} of one`,
  ].join('; ')
}

function cpuOfEvent(server: number, database: number): string {
  const ofServer = `CPU of an event: server ${server.toFixed(3)} ms`
  return database === 0 ? ofServer : `${ofServer}, PostgreSQL ${database.toFixed(3)}`
}

export async function measureBatches(run: PartRun): Promise<void> {
  const { rounds, seconds } = run.plan.batches
  for (const database of run.databases) {
    // Without a worker on PostgreSQL: a round of batches leaves work for minutes, which the next one would wait for.
    const role = database.kind === 'embedded' ? 'all' : 'api'
    await onServers(database, [role], async ({ asked, load, token }) => {
      const readDatabase = await databaseCpu(database)
      const order = { url: asked.url, path: BATCH_PATH, token, connections: BATCH_CONNECTIONS, batch: BATCH_SIZE }
      const samples: number[] = []
      const reasons: { server: number; database: number; busy: number }[] = []
      for (let round = -1; round < rounds; round += 1) {
        await asked.quiet(QUIET_PATIENCE_MS)
        const before = await readMetric(asked, 'fiko_events_received_total', 'accepted')
        const cpuBefore = { server: cpuMsOf(asked.pid), database: readDatabase() }
        const busy = measureMachine()
        const result = await load.run({ ...order, seconds: round < 0 ? seconds / 2 : seconds })
        const machineBusy = busy()
        const cpu = { server: cpuMsOf(asked.pid) - cpuBefore.server, database: readDatabase() - cpuBefore.database }
        refuseWrongAnswers(result)
        const events = result.requests * BATCH_SIZE
        const accepted = (await readMetric(asked, 'fiko_events_received_total', 'accepted')) - before
        if (accepted !== events) throw new Error(`${events} events were answered with 202, and ${accepted} were stored`)
        if (round < 0) continue
        samples.push(events / result.seconds)
        reasons.push({ server: cpu.server / events, database: cpu.database / events, busy: machineBusy })
      }
      const mean = (name: 'server' | 'database' | 'busy') => median(reasons.map((each) => each[name]))
      run.record(`batches/${database.kind}/rate`, samples, {
        conditions: `${BATCH_CONNECTIONS} connections, batches of ${BATCH_SIZE}, role ${role}, ${rounds} × ${seconds} s`,
        because: `${cpuOfEvent(mean('server'), mean('database'))}; cores busy ${percent(mean('busy'))}`,
      })
    })
  }
}

function refuseWrongAnswers({ statuses }: LoadResult): void {
  const wrong = Object.keys(statuses).filter((status) => status !== '202')
  if (wrong.length > 0) throw new Error(`not only 202 was answered: ${JSON.stringify(statuses)}`)
}

interface Servers {
  servers: BenchServer[]
  asked: BenchServer
  load: Load
  token: string
}

async function onServers(database: BenchDatabase, roles: Variant['roles'], work: (parts: Servers) => Promise<void>) {
  const installation = await database.create()
  const servers: BenchServer[] = []
  const load = startLoad()
  try {
    for (const role of roles) servers.push(await startBenchServer(installation.settings, { ROLE: role }))
    const [asked] = servers
    if (!asked) throw new Error('a variant without a server')
    await work({ servers, asked, load, token: await asked.makeToken() })
  } finally {
    load.stop()
    for (const server of servers) await server.stop()
    await installation.remove()
  }
}

/** The naive server on a new database of the same kind. */
async function startInsertServer(database: BenchDatabase) {
  const installation = await database.create()
  const server = await startServerProcess({
    entry: 'verify/bench/table/peers/insert-server.ts',
    settings: installation.settings,
  })
  return {
    url: server.url,
    pid: server.child.pid ?? 0,
    stop: async () => {
      await server.stop()
      await installation.remove()
    },
  }
}
