/** As one tenant, asks every endpoint for everything that belongs to another, and looks for a trace of it in each answer. */
import type { Random } from '../../scripts/random.ts'
import { createHttpClient, type WireAnswer, type WireRequest } from './http-client.ts'
import { randomFor } from './numbered-random.ts'
import { type Route, readRoutes } from './routes.ts'
import { type Schema, validValue } from './schema-values.ts'
import { type Belongings, digestRows, makeTwoTenants, type RunSql, type Tenant } from './two-tenants.ts'

export interface IsolationOutcome {
  attempts: number
  byRoute: Record<string, number>
  /** Answers that held something of the other tenant. */
  found: string[]
  /** Answers that tell another tenant's objects apart from objects that do not exist. */
  toldApart: string[]
  /** Tables in which rows of the other tenant are not as they were. */
  changed: string[]
  /** Routes that do show these things to their owner: what the search above is worth. */
  shownToOwner: number
}

export interface Isolation {
  url: string
  sql: RunSql
  settled(): Promise<void>
  attempts: number
  seed: number
}

/** Ids and words that do not exist, in the form of the second tenant's. */
const NOBODYS_OFFSET = 5_000_000
const NOBODYS_USER = '00000000-0000-4000-8000-00000000dead'

/** @throws {Error} when the two tenants cannot be made */
export async function runIsolation(campaign: Isolation): Promise<IsolationOutcome> {
  const { url, sql, attempts, seed } = campaign
  const word = `zq${seed.toString(36)}`
  const { a, b, ofB } = await makeTwoTenants(campaign, word)
  const routes = (await readRoutes(url)).filter((route) => route.isDocumented)
  const client = createHttpClient(url, 1)
  const traces = createTraces(ofB)
  const outcome: IsolationOutcome = {
    attempts: 0,
    byRoute: {},
    found: [],
    toldApart: [],
    changed: [],
    shownToOwner: await countShown(routes, b, ofB, traces, client.send),
  }
  const before = await digestRows(sql, ofB.userId)
  for (let number = 0; number < attempts; number += 1) {
    const route = routes[number % routes.length] as Route
    const ask = async (whose: 'theirs' | 'nobodys') => {
      const request = makeAttempt(route, a, ofB, whose, randomFor(seed, number))
      return { request, answer: await client.send(request) }
    }
    const { request, answer } = await ask('theirs')
    const nobodys = await ask('nobodys')
    const line = `${request.method} ${request.path} ${request.body?.toString('utf8').slice(0, 300) ?? ''}`
    const trace = traces.in(answer, request)
    if (trace) outcome.found.push(`${line}\n  answered ${answer.status} with ${trace}`)
    if (answer.status !== nobodys.answer.status) {
      outcome.toldApart.push(
        `${line}\n  answered ${answer.status}, and ${nobodys.answer.status} for what does not exist`,
      )
    }
    const name = `${route.method} ${route.path}`
    outcome.byRoute[name] = (outcome.byRoute[name] ?? 0) + 1
    outcome.attempts += 1
  }
  client.close()
  await campaign.settled()
  const after = await digestRows(sql, ofB.userId)
  outcome.changed = Object.keys(before).filter((table) => before[table] !== after[table])
  return outcome
}

interface Traces {
  /** Something of the other tenant that the answer holds and the request did not; null: nothing. */
  in(answer: WireAnswer, request: WireRequest): string | null
}

function createTraces(ofB: Belongings): Traces {
  const numbers = new Set(Object.values(ofB.ids).flat().map(String))
  const pattern = new RegExp(`${ofB.word}n\\d+z|\\b7\\d{8}\\b|${ofB.userId}`, 'gi')
  // Rows that were written in the first tenant's name belong to the first tenant from then on.
  const written = new Set<string>()
  return {
    in: (answer, request) => {
      const body = decodeURIComponent(request.path) + (request.body?.toString('utf8') ?? '')
      const sent = new Set(body.toLowerCase().match(pattern) ?? [])
      if (request.body && answer.status < 300) for (const trace of sent) written.add(trace)
      // A search is kept in the first tenant's own log of questions.
      const asked = new URL(request.path, 'http://localhost').searchParams.get('q') ?? ''
      if (answer.status < 300) for (const trace of asked.toLowerCase().match(pattern) ?? []) written.add(trace)
      for (const [match] of answer.body.toString('utf8').matchAll(pattern)) {
        const trace = match.toLowerCase()
        const isTheirs = !/^7\d{8}$/.test(trace) || numbers.has(trace)
        if (isTheirs && !sent.has(trace) && !written.has(trace)) return trace
      }
      return null
    },
  }
}

/** Every read of everything as its owner: there the same search must find something. */
async function countShown(
  routes: Route[],
  b: Tenant,
  ofB: Belongings,
  traces: Traces,
  send: (request: WireRequest) => Promise<WireAnswer>,
): Promise<number> {
  let shown = 0
  for (const route of routes.filter(({ method }) => method === 'GET')) {
    const query = route.path.includes('search') ? '?q=winter+shoe' : ''
    const path = route.path.replace('{id}', String(idsFor(route, ofB).at(-1))) + query
    for (const headers of Object.values(b.credentials)) {
      const request = { method: 'GET', path, headers, body: null }
      if (!traces.in(await send(request), request)) continue
      shown += 1
      break
    }
  }
  return shown
}

function idsFor({ path }: Route, { ids, userId }: Belongings): (number | string)[] {
  if (path.includes('/stores/')) return ids.store
  if (path.includes('/tokens/')) return ids.token
  if (path.includes('/events/')) return ids.event
  if (path.includes('/products/')) return ids.product
  if (path.includes('/synonyms/')) return ids.synonym
  if (path.includes('/search-rules/')) return ids.rule
  if (path.includes('/feeds/')) return ids.feed
  if (path.includes('/embedding/')) return ids.chunk
  return [userId]
}

/** The same attempt for the same random numbers, at the second tenant's objects or at objects that do not exist. */
function makeAttempt(
  route: Route,
  a: Tenant,
  ofB: Belongings,
  whose: 'theirs' | 'nobodys',
  random: Random,
): WireRequest {
  const is = <T extends string | number>(theirs: T): T => (whose === 'theirs' ? theirs : nobodys(theirs, ofB))
  const oneOf = <T>(list: T[]): T => list[random.below(list.length)] as T
  const kinds = Object.keys(a.credentials)
  // Most often the session, which gets furthest; a shop's own endpoints know tokens only.
  const fitting = route.path.startsWith('/api/integrations/')
    ? oneOf(['shop', 'test shop'])
    : oneOf(['session', 'knowledge', 'session'])
  const headers = { ...a.credentials[random.below(5) === 0 ? oneOf(kinds) : fitting] }
  const path = route.path.replace('{id}', () => {
    // Now and then an id of another kind of thing.
    const ids = random.below(5) === 0 ? Object.values(ofB.ids).flat() : idsFor(route, ofB)
    return encodeURIComponent(is(oneOf<number | string>(ids)))
  })
  const query = new URLSearchParams()
  for (const { name } of route.query) {
    const value = queryValue(name, ofB, oneOf)
    if (value !== null && (name === 'q' || random.below(3) === 0)) query.set(name, String(is(value)))
  }
  let body: Buffer | null = null
  if (route.body) {
    const known = { idFor: (field: string) => (field === 'user_id' ? NOBODYS_USER : 4_000 + random.below(100)) }
    const made = validValue(route.body, 'body', random, known)
    body = Buffer.from(JSON.stringify(withTheirs(made, route.body, 'body', ofB, is, oneOf)))
    headers['content-type'] = 'application/json'
  }
  return { method: route.method, path: query.size > 0 ? `${path}?${query}` : path, headers, body }
}

/** A value of the second tenant for this parameter; null: none fits. */
function queryValue(name: string, ofB: Belongings, oneOf: <T>(list: T[]) => T): string | number | null {
  switch (name) {
    case 'store_id':
      return oneOf(ofB.ids.store)
    case 'user_id':
      return ofB.userId
    case 'woo_product_id':
      return oneOf(ofB.ids.external)
    case 'product_id':
      return oneOf(ofB.ids.product)
    case 'cursor':
      return oneOf(ofB.cursors)
    case 'email':
      return ofB.email
    case 'q':
      return oneOf([...ofB.texts, 'winter shoe'])
    case 'search':
    case 'query':
    case 'category':
    case 'external_source':
      return oneOf(ofB.texts)
    case 'limit':
    case 'page_size':
      return 50
    case 'status':
      return oneOf(['dead', 'processed'])
    default:
      return null
  }
}

/**
 * Puts what is theirs into a body. What a body writes would be the first tenant's own from then on, so the words for that are
 * the same few each time.
 */
function withTheirs(
  value: unknown,
  schema: Schema,
  field: string,
  ofB: Belongings,
  is: <T extends string | number>(theirs: T) => T,
  oneOf: <T>(list: T[]) => T,
): unknown {
  if (field === 'store_id') return is(oneOf(ofB.ids.store))
  if (field === 'user_id') return is(ofB.userId)
  if (field === 'product_ids') return ofB.ids.external.map(is)
  if (field === 'woo_product_id') return is(oneOf(ofB.ids.external))
  if (field === 'product_id') return is(oneOf(ofB.ids.product))
  // The same words again would be refused.
  if (field === 'words') return ofB.texts.slice(-2).map(is)
  if (field === 'event_id') return is(oneOf(ofB.eventIds.slice(0, 2)))
  if (field === 'sku' || field === 'name') return is(oneOf(ofB.texts.slice(-2)))
  if (field === 'email') return is(ofB.email)
  if (field === 'id') return is(oneOf(ofB.ids.external.slice(0, 1)))
  // A set of pages with the same version and other ids would be refused.
  if (field === 'version' && typeof value === 'number') return is(value)
  if (field === 'from') return 0
  if (field === 'to') return Number.MAX_SAFE_INTEGER
  // A filter that fits nothing of theirs asks for nothing.
  if (field === 'event_type' || field === 'status') return schema.anyOf ? value : undefined
  if (Array.isArray(value))
    return value.slice(0, 1).map((item) => withTheirs(item, schema.items ?? {}, '', ofB, is, oneOf))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      withTheirs(inner, schema.properties?.[name] ?? {}, name, ofB, is, oneOf),
    ]),
  )
}

function nobodys<T extends string | number>(theirs: T, ofB: Belongings): T {
  if (typeof theirs === 'number') return (theirs > 1_000_000 ? theirs + NOBODYS_OFFSET : theirs) as T
  if (theirs === ofB.userId) return NOBODYS_USER as T
  return theirs.replaceAll(ofB.word, 'nobody') as T
}
