import type { Database } from '../platform/db/database.ts'
import { faultOf } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Reader } from '../tenants/authenticate.ts'
import { makeQuestionId } from './question-id.ts'
import { type Understanding, type WaitingQuestion, writeQuestions } from './write-questions.ts'

/** The ways in which questions are asked. */
export const CHANNELS = ['search', 'documents', 'context', 'mcp', 'ucp'] as const
export type Channel = (typeof CHANNELS)[number]

/** The request behind a question: its credential, its channel and its program. */
export interface Asking {
  reader: Reader
  channel: Channel
  /** Of MCP: the name of the tool. */
  tool: string | null
  /** The name that the client gives itself; empty without one. */
  client: string
}

/** A question and its answer, as a search knows them. */
export interface AskedQuestion {
  /** As it was typed. */
  query: string
  storeId: number | null
  /** How the query was read; null when it was not read, as by a search in pages. */
  understood: Understanding | null
  /** The filters of the request. Undefined ones are left out. */
  filters: Record<string, unknown>
  /** Number of products and passages that were found. */
  results: number
  /** The first of them, best first; more than 5 are ignored. */
  productIds: number[]
  documentIds: number[]
  /** Of the best one, 0 to 1; null without results. */
  relevance: number | null
  answered: boolean
  degraded: boolean
  /** Time of `performance.now()` when the work on the answer began. */
  startedAt: number
  /** A further page of an answer belongs to the question of its first page. */
  isFurtherPage?: boolean
}

export interface QuestionLog {
  /**
   * Counts a search, and keeps its question in memory until it is written. Returns the id of the question for the answer, or null
   * when it is not kept: a further page, a search of a user or of the operator, or too many questions that wait for the database.
   */
  note(asking: Asking, asked: AskedQuestion): string | null
  /** True while the question is in memory only. */
  isWaiting(questionId: string): boolean
  /** Writes what waits. Resolves also when the database does not take it. */
  flush(): Promise<void>
  /** Writes what waits, once more. */
  stop(): Promise<void>
}

/** A killed process loses at most the questions of this time. */
const FLUSH_EVERY_MS = 1_000
/** This number of waiting questions is written at once. */
const FLUSH_AT = 100
/** Most questions of one statement. */
const BATCH = 200
/** Most questions in memory, about 16 MB at worst. While the database is away, further questions are counted and dropped. */
export const MAX_WAITING = 1_000

const LATENCY_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/**
 * The log of questions. A search is never slowed by it: questions are written in batches, outside of the requests. What a stopped
 * server has answered is written; a killed one loses the questions of its last second.
 */
export function createQuestionLog({ db, log, metrics }: { db: Database; log: Log; metrics: Metrics }): QuestionLog {
  const waiting: WaitingQuestion[] = []
  let writing: Promise<void> | null = null
  let isFailing = false
  const counters = describe(metrics, () => waiting.length)

  const write = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH)
      try {
        await writeQuestions(db.service, batch)
      } catch (error) {
        if (faultOf(error) !== 'own') {
          isFailing = true
          log.warn({ waiting: waiting.length, error: String(error) }, 'questions.not_written')
          return
        }
        if (!(await writeOneByOne(batch))) return
        continue
      }
      isFailing = false
      waiting.splice(0, batch.length)
    }
  }
  /** A question that the database refuses must not hold up the others. False: the database is away. */
  const writeOneByOne = async (batch: WaitingQuestion[]): Promise<boolean> => {
    for (const question of batch) {
      try {
        await writeQuestions(db.service, [question])
      } catch (error) {
        isFailing = faultOf(error) !== 'own'
        log.warn({ tenantId: question.tenantId, error: String(error) }, 'questions.not_written')
        if (isFailing) return false
        counters.dropped.inc()
      }
      waiting.shift()
    }
    return true
  }
  const begin = () => {
    writing ??= write().finally(() => {
      writing = null
    })
    return writing
  }
  const timer = setInterval(() => void begin(), FLUSH_EVERY_MS)
  timer.unref()

  const note: QuestionLog['note'] = (asking, asked) => {
    const tookMs = performance.now() - asked.startedAt
    counters.count(asking.channel, asked, tookMs)
    const { reader, channel, tool, client } = asking
    const { tenantId, tokenId = null, grantId = null, isGuest = false } = reader
    // Users try searches in the dashboard, and the operator reads all tenants: neither is a customer's question.
    if (asked.isFurtherPage || tenantId === null || (tokenId === null && grantId === null && !isGuest)) return null
    if (waiting.length >= MAX_WAITING) {
      counters.dropped.inc()
      return null
    }
    const questionId = makeQuestionId()
    const { startedAt: _startedAt, isFurtherPage: _isFurtherPage, ...answer } = asked
    waiting.push({
      ...answer,
      questionId,
      tenantId,
      channel,
      tool,
      client,
      tokenId,
      grantId,
      isGuest,
      tookMs,
      notedAt: performance.now(),
    })
    // While writes fail, only the timer retries; otherwise each search would log the same failure.
    if (waiting.length >= FLUSH_AT && !isFailing) void begin()
    return questionId
  }

  return {
    note,
    isWaiting: (questionId) => waiting.some((question) => question.questionId === questionId),
    flush: begin,
    stop: async () => {
      clearInterval(timer)
      await begin()
      // Questions that were added during the last write.
      await begin()
      if (waiting.length > 0) log.warn({ questions: waiting.length }, 'questions.lost')
    },
  }
}

function describe(metrics: Metrics, waiting: () => number) {
  const searches = metrics.counter('fiko_searches_total', 'Searches answered, by the way they were asked', ['channel'])
  const seconds = metrics.histogram(
    'fiko_search_seconds',
    'Time of a search from its request to its answer',
    LATENCY_BUCKETS_SECONDS,
    ['channel'],
  )
  const unanswered = metrics.counter('fiko_searches_unanswered_total', 'Searches without an answer', ['channel'])
  const degraded = metrics.counter('fiko_searches_degraded_total', 'Searches answered from words only', ['channel'])
  const dropped = metrics.counter('fiko_questions_dropped_total', 'Questions that were not written to the log')
  metrics.gauge('fiko_questions_waiting', 'Questions in memory that are not written yet', [], async (gauge) =>
    gauge.set(waiting()),
  )
  // With 0 from the start, so that a rate is known after the first search.
  for (const channel of CHANNELS) for (const counter of [searches, unanswered, degraded]) counter.inc({ channel }, 0)
  return {
    dropped,
    count: (channel: Channel, asked: Pick<AskedQuestion, 'answered' | 'degraded'>, tookMs: number) => {
      searches.inc({ channel })
      seconds.observe({ channel }, tookMs / 1000)
      if (!asked.answered) unanswered.inc({ channel })
      if (asked.degraded) degraded.inc({ channel })
    },
  }
}
