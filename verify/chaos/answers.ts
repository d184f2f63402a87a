import { setTimeout as delay } from 'node:timers/promises'

/** The worst expected answer time: that of a database that no longer answers. */
const SLOW_MS = 10_000
/** A client's time limit; a request that reaches it counts as slow. */
const GIVE_UP_MS = 20_000
const PAUSE_MS = 300
const KEPT_EXAMPLES = 200

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers of several endpoints, looked at where they are used.
  body: any
}

/** The answers to all requests of a campaign, counted. */
export interface AnswerCounts {
  answered: number
  /** The connection was refused or ended before there was an answer. */
  unanswered: number
  /** 503 with Retry-After, which is allowed, and 429. */
  unavailable: number
  /** Answered after more than 10 s, or not within 20 s. */
  slow: number
  slowestMs: number
  /** Any other 5xx, and a 503 without Retry-After, by kind: `500 POST /path`. */
  failed: Map<string, number>
  /** Some of the failed and slow ones in full, to be examined. */
  examples: object[]
}

export interface Request {
  method: 'GET' | 'POST'
  /** With its leading slash. */
  path: string
  headers: Record<string, string>
  /** JSON; the same text every time it is sent. */
  body?: string
}

export interface Asker {
  counts: AnswerCounts
  /** Sends once: null when there was no answer, or one that means "again" (503, 429, any 5xx). */
  ask(address: string, request: Request): Promise<Answer | null>
  /** Sends to one address after the other until there is an answer; gives it with the number of tries. */
  askUntilAnswered(request: Request): Promise<{ answer: Answer; tries: number }>
}

/** Sends HTTP requests to the addresses in turn, as a load balancer without health checks does. */
export function createAsker(addresses: () => string[]): Asker {
  const counts: AnswerCounts = {
    answered: 0,
    unanswered: 0,
    unavailable: 0,
    slow: 0,
    slowestMs: 0,
    failed: new Map(),
    examples: [],
  }
  let turn = 0

  const note = (example: object) => {
    if (counts.examples.length < KEPT_EXAMPLES) counts.examples.push({ at: new Date().toISOString(), ...example })
  }

  const ask = async (address: string, { method, path, headers, body }: Request): Promise<Answer | null> => {
    const startedAt = performance.now()
    const route = `${method} ${path.split('?')[0]}`
    const answer = await fetch(`${address}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(GIVE_UP_MS),
    })
      .then(async (response) => ({ response, text: await response.text() }))
      .catch(() => null)
    const tookMs = performance.now() - startedAt
    counts.slowestMs = Math.max(counts.slowestMs, tookMs)
    if (tookMs > SLOW_MS) {
      counts.slow += 1
      note({ slow: route, address, tookMs, status: answer?.response.status ?? null })
    }
    if (!answer) {
      counts.unanswered += 1
      return null
    }
    const { status, headers: said } = answer.response
    counts.answered += 1
    if (status === 429 || (status === 503 && said.has('retry-after'))) {
      counts.unavailable += 1
      return null
    }
    if (status >= 500) {
      const kind = `${status} ${route}`
      counts.failed.set(kind, (counts.failed.get(kind) ?? 0) + 1)
      note({ failed: kind, address, body: answer.text.slice(0, 500) })
      return null
    }
    const isJson = /json/.test(said.get('content-type') ?? '')
    return { status, body: isJson && answer.text ? JSON.parse(answer.text) : answer.text }
  }

  return {
    counts,
    ask,
    askUntilAnswered: async (request) => {
      for (let tries = 1; ; tries += 1) {
        const list = addresses()
        turn += 1
        const answer = await ask(list[turn % list.length] ?? '', request)
        if (answer) return { answer, tries }
        // Retry-After says 5 s; a shop that does not listen is the harder case.
        await delay(PAUSE_MS)
      }
    },
  }
}
