/** One fuzz campaign against one server: sends, checks every answer, and sees that honest shops are served all along. */
import { readFileSync } from 'node:fs'
import { freePort } from '../../scripts/free-port.ts'
import { type ServerProcess, startServerProcess } from '../../scripts/server-process.ts'
import { type Credentials, makeCredentials } from './credentials.ts'
import { askJson, createHttpClient, type HttpClient, type WireAnswer } from './http-client.ts'
import { SLOW_MS, violationsOf } from './invariants.ts'
import { randomFor } from './numbered-random.ts'
import { ADMIN_API_KEY, UNLIMITED } from './people.ts'
import { chooserOf, type FuzzRequest, makeRequest } from './requests.ts'
import { type Route, readRoutes } from './routes.ts'

export interface Violation {
  what: string
  /** Enough of the request to send it again; of an event that was given up, its payload. */
  request: object
}

export interface Outcome {
  requests: number
  byClass: Record<string, number>
  /** Routes that were asked, with every method. */
  routes: number
  slowest: { ms: number; route: string }
  largest: { bytes: number; route: string }
  serverErrors: number
  /** Answers after 10 s or more. */
  slow: number
  /** Everything that was not as it must be, 5xx among them; and some of them to look at. */
  wrong: number
  violations: Violation[]
  /** 0, or the server's process is not the one it was. */
  restarts: number
  control: { sent: number; acknowledged: number; applied: number }
  /** Events of the fuzzer that were acknowledged and could then not be applied. */
  deadLetters: number
  rssMb: { warm: number; end: number; highest: number } | null
}

export interface Campaign {
  requests: number
  seed: number
  /** The database's settings. */
  settings: Record<string, string>
  /** Called now and then with how many requests are answered. */
  progress?: (answered: number) => void
}

/** Requests under way at once: many shops, and not so many that answers wait for each other for seconds. */
const SIDE_BY_SIDE = 8
const CONTROL_EVERY = 50
const CONTROL_PRODUCTS = 20
const KEPT_OF_A_KIND = 4

/** @throws {Error} when the server does not start, or not even the fuzzer's own people can be made */
export async function runCampaign(campaign: Campaign): Promise<Outcome> {
  const server = await startServerProcess({
    // A port that is known before: sign-in checks where a request comes from against the server's own address.
    settings: {
      PORT: String(await freePort()),
      ADMIN_API_KEY,
      EMBEDDING_PROVIDER: 'offline',
      // An event that cannot be applied is a dead letter at once, and counted.
      RETRY_DELAY_SECONDS: '0',
      LOG_LEVEL: 'fatal',
      ...UNLIMITED,
      ...campaign.settings,
    },
  })
  const client = createHttpClient(server.url, SIDE_BY_SIDE + 1)
  try {
    return await fuzz(server, client, campaign)
  } finally {
    client.close()
    if (isAlive(server)) await server.stop()
  }
}

async function fuzz(
  server: ServerProcess,
  client: HttpClient,
  { requests, seed, progress }: Campaign,
): Promise<Outcome> {
  const routes = await readRoutes(server.url)
  const credentials = await makeCredentials(server.url)
  const outcome: Outcome = {
    requests: 0,
    byClass: {},
    routes: 0,
    slowest: { ms: 0, route: '' },
    largest: { bytes: 0, route: '' },
    serverErrors: 0,
    slow: 0,
    wrong: 0,
    violations: [],
    restarts: 0,
    control: { sent: 0, acknowledged: 0, applied: 0 },
    deadLetters: 0,
    rssMb: null,
  }
  const choose = chooserOf(routes)
  const asked = new Set<string>()
  const memory = watchMemory(server)
  let next = 0
  const work = async () => {
    while (next < requests && isAlive(server)) {
      const number = next++
      const random = randomFor(seed, number)
      const request = makeRequest(routes[number] ?? choose(random), credentials, random)
      asked.add(`${request.route.method} ${request.route.path}`)
      await askOnce(client, request, number, credentials, outcome)
      outcome.requests += 1
      if (number % CONTROL_EVERY === 0) await sendControl(client, credentials, outcome)
      if (number === Math.floor(requests / 10)) memory.warm()
      if (number % 1000 === 999) progress?.(number + 1)
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work))
  outcome.routes = asked.size
  outcome.restarts = isAlive(server) ? 0 : 1
  if (outcome.restarts === 0) await readEnd(server, credentials, outcome)
  outcome.rssMb = memory.read()
  return outcome
}

async function askOnce(
  client: HttpClient,
  request: FuzzRequest,
  number: number,
  { known }: Credentials,
  outcome: Outcome,
): Promise<void> {
  const route = `${request.route.method} ${request.route.path}`
  let wrong: string[]
  try {
    const answer = await client.send(request)
    const statusClass = `${Math.floor(answer.status / 100)}xx`
    outcome.byClass[statusClass] = (outcome.byClass[statusClass] ?? 0) + 1
    if (answer.ms > outcome.slowest.ms) outcome.slowest = { ms: answer.ms, route }
    if (answer.body.length > outcome.largest.bytes) outcome.largest = { bytes: answer.body.length, route }
    // A backup takes as long as there is much to back up.
    if (answer.ms > SLOW_MS && !route.endsWith('/backup/')) outcome.slow += 1
    if (answer.status >= 500) outcome.serverErrors += 1
    wrong = violationsOf(request, answer)
    if (answer.status < 300) learnFrom(known, request.route, answer)
  } catch (error) {
    outcome.byClass.none = (outcome.byClass.none ?? 0) + 1
    wrong = isUnreadableHead(request, error) ? [] : [`no answer: ${String(error)}`]
  }
  for (const what of wrong) {
    outcome.wrong += 1
    // Of one kind a few are enough to find it by.
    const alike = outcome.violations.filter((kept) => kept.what.slice(0, 30) === what.slice(0, 30))
    if (alike.length < KEPT_OF_A_KIND) outcome.violations.push({ what, request: describe(request, number) })
  }
}

function learnFrom(known: Credentials['known'], route: Route, { headers, body }: WireAnswer): void {
  if (body.length > 1_000_000 || body[0] !== 0x7b || !headers['content-type']?.startsWith('application/json')) return
  known.learn(route, JSON.parse(body.toString('utf8')) as Record<string, unknown>)
}

/** Headers too large to read are refused before the server knows that a HEAD takes no body; the client then cannot read the answer. */
function isUnreadableHead(request: FuzzRequest, error: unknown): boolean {
  return request.method === 'HEAD' && ((error as { code?: string }).code ?? '').startsWith('HPE_')
}

function describe(request: FuzzRequest, number: number): object {
  const { kind, method, path, headers, body } = request
  const shown = (text: string) => (text.length > 1000 ? `${text.slice(0, 1000)}… (${text.length})` : text)
  const shownHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, shown(String(value))]))
  return {
    number,
    as: kind,
    method,
    path: shown(path),
    headers: shownHeaders,
    body: shown(body?.toString('utf8') ?? ''),
  }
}

/** An ordinary event of a shop that the fuzzer does not use. */
async function sendControl(client: HttpClient, { control }: Credentials, outcome: Outcome): Promise<void> {
  const number = outcome.control.sent++
  const event = {
    event_id: `control-${number}`,
    event_type: 'product.updated',
    version: 1_000_000 + number,
    product: { id: 1 + (number % CONTROL_PRODUCTS), name: `Control ${number}`, price: String(number) },
  }
  const answer = await client
    .send({
      method: 'POST',
      path: '/api/integrations/woocommerce/webhook/',
      headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(event)),
    })
    .catch(() => null)
  if (answer?.status === 202) outcome.control.acknowledged += 1
}

const SETTLE_MS = 120_000

/** Waits until every event has ended, the control shop's well, and counts what was given up. */
async function readEnd(server: ServerProcess, { control }: Credentials, outcome: Outcome): Promise<void> {
  const operator = { authorization: `Bearer ${ADMIN_API_KEY}` }
  const count = async (path: string) => (await askJson(server.url, 'GET', path, operator)).body.count as number
  const events = '/api/v1/integrations/woocommerce/events/'
  const deadline = Date.now() + SETTLE_MS
  do {
    outcome.control.applied = await count(`${events}?store_id=${control.storeId}&success=true&limit=1`)
    const open = (await count(`${events}?status=received&limit=1`)) + (await count(`${events}?status=retrying&limit=1`))
    if (open === 0 && outcome.control.applied >= outcome.control.acknowledged) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  } while (Date.now() < deadline)
  outcome.deadLetters = await count('/api/v1/dead-letters/?limit=1')
  const { body } = await askJson(server.url, 'GET', `/api/v1/dead-letters/?limit=${KEPT_OF_A_KIND}`, operator)
  for (const { kind, id, reason } of body.results as { kind: string; id: number; reason: string }[]) {
    const what = `an ${kind} was acknowledged, and then given up: ${reason}`
    const event = kind === 'event' ? (await askJson(server.url, 'GET', `${events}${id}/`, operator)).body : {}
    outcome.violations.push({ what, request: (event.payload as object | undefined) ?? { chunk: id } })
  }
}

function isAlive(server: ServerProcess): boolean {
  return server.child.exitCode === null && server.child.signalCode === null
}

const RSS_EVERY_MS = 500

/** Reads the process's resident memory from /proc; elsewhere than on Linux there is none to read. */
function watchMemory(server: ServerProcess) {
  const readMb = () => {
    try {
      const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
    } catch {
      return 0
    }
  }
  let warm = readMb()
  let highest = warm
  const timer = setInterval(() => {
    highest = Math.max(highest, readMb())
  }, RSS_EVERY_MS)
  return {
    warm: () => {
      warm = readMb()
    },
    read: () => {
      clearInterval(timer)
      const end = readMb()
      return end === 0 ? null : { warm, end, highest: Math.max(highest, end) }
    },
  }
}
