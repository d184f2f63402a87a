import { Worker } from 'node:worker_threads'
import { type Embedder, type EmbeddingProfile, type Embeddings, ProviderUnavailable } from './embedder.ts'
import type { FromThread, LoadProgress, ThreadOptions, ToThread } from './model-thread.ts'

/** Pause after a failed load or a thread that ended, before the model is loaded again. */
const RELOAD_PAUSE_MS = 30_000
/** While the model loads, the stage asks again after this time. */
const LOADING_PAUSE_MS = 1_000
/** A working thread answers a few texts within seconds; a longer silence means that it hangs. */
const STEP_TIMEOUT_MS = 60_000
const MAX_THREAD_MEMORY_MB = 4_096
const MAX_ERROR_LENGTH = 500

export interface ModelLoading {
  state: 'idle' | 'loading' | 'ready' | 'failed'
  /** Share of the downloaded bytes, 0 to 100; null when nothing is downloaded. */
  percent: number | null
  error: string | null
}

/** An embedder whose model runs in a thread of this process. */
export interface ThreadEmbedder extends Embedder {
  loading(): ModelLoading
  /** Starts loading without waiting for it. */
  load(): void
  close(): Promise<void>
}

interface Parts {
  profile: EmbeddingProfile
  thread: ThreadOptions
  maxBatch: number
  /** Texts per message. A query waits for one message at most. */
  stepTexts: number
  onProgress: (loading: ModelLoading) => void
}

interface Job {
  texts: string[]
  /** Vectors so far, and the place of the next text. */
  vectors: Float32Array[]
  tokens: number | null
  isQuery: boolean
  signal: AbortSignal
  resolve(result: Embeddings): void
  reject(error: unknown): void
}

/**
 * Embeds in a worker thread, so that HTTP continues meanwhile. Texts go to the thread in small steps and queries first. While the
 * model loads, and after a failure, each call rejects at once with `ProviderUnavailable`; search then answers from words.
 */
export function createThreadEmbedder({ profile, thread, maxBatch, stepTexts, onProgress }: Parts): ThreadEmbedder {
  let worker: Worker | null = null
  let loading: ModelLoading = { state: 'idle', percent: null, error: null }
  let failedAt = Number.NEGATIVE_INFINITY
  let isClosed = false
  const waiting: Job[] = []
  let step: { id: number; job: Job; count: number; timer: NodeJS.Timeout } | null = null
  let lastId = 0
  const files = new Map<string, LoadProgress>()

  const say = (next: ModelLoading) => {
    loading = next
    onProgress(next)
  }

  const fail = (reason: string) => {
    const ended = worker
    worker = null
    failedAt = performance.now()
    if (step) clearTimeout(step.timer)
    const jobs = step ? [step.job, ...waiting] : [...waiting]
    step = null
    waiting.length = 0
    say({ state: 'failed', percent: null, error: reason.slice(0, MAX_ERROR_LENGTH).toWellFormed() })
    for (const job of jobs) job.reject(new ProviderUnavailable(reason, RELOAD_PAUSE_MS))
    void ended?.terminate()
  }

  const load = () => {
    if (worker || isClosed || performance.now() - failedAt < RELOAD_PAUSE_MS) return
    files.clear()
    const started = new Worker(new URL('./start-thread.mjs', import.meta.url), {
      workerData: thread,
      resourceLimits: { maxOldGenerationSizeMb: MAX_THREAD_MEMORY_MB },
    })
    worker = started
    started.unref()
    say({ state: 'loading', percent: null, error: null })
    const ifCurrent = (work: () => void) => () => started === worker && work()
    started.on('message', (message: FromThread) => ifCurrent(() => receive(message))())
    started.on('error', (error: NodeJS.ErrnoException) =>
      ifCurrent(() =>
        fail(
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? `The machine has too little memory for the model ${profile.model}.`
            : `The thread of the model ${profile.model} ended: ${error.message}`,
        ),
      )(),
    )
    started.on(
      'exit',
      ifCurrent(() => fail(`The thread of the model ${profile.model} ended.`)),
    )
  }

  const receive = (message: FromThread) => {
    if ('progress' in message) {
      files.set(message.progress.file, message.progress)
      const all = [...files.values()]
      const total = all.reduce((sum, file) => sum + file.total, 0)
      const loaded = all.reduce((sum, file) => sum + file.loaded, 0)
      const percent = total === 0 ? null : Math.floor((100 * loaded) / total)
      if (percent !== loading.percent) say({ state: 'loading', percent, error: null })
    } else if ('ready' in message) {
      say({ state: 'ready', percent: null, error: null })
      sendNext()
    } else if ('failed' in message) fail(message.failed)
    else if (step?.id === message.id) {
      const { job, count, timer } = step
      clearTimeout(timer)
      step = null
      if ('error' in message) job.reject(new ProviderUnavailable(message.error))
      else takeVectors(job, count, message.vectors, message.tokens)
      sendNext()
    }
  }

  const takeVectors = (job: Job, count: number, flat: Float32Array, tokens: number | null) => {
    const { dimensions } = profile
    const isValid = flat.length === count * dimensions && flat.every(Number.isFinite)
    if (!isValid)
      return job.reject(new ProviderUnavailable(`The model ${profile.model} gave vectors that are not valid.`))
    for (let at = 0; at < count; at += 1) job.vectors.push(flat.slice(at * dimensions, (at + 1) * dimensions))
    job.tokens = tokens === null ? job.tokens : (job.tokens ?? 0) + tokens
    if (job.vectors.length === job.texts.length) job.resolve({ vectors: job.vectors, tokens: job.tokens })
    else if (!job.signal.aborted) waiting.unshift(job)
  }

  const sendNext = () => {
    if (step || loading.state !== 'ready') return
    for (let at = waiting.length - 1; at >= 0; at -= 1) if (waiting[at]?.signal.aborted) waiting.splice(at, 1)
    const place = Math.max(
      0,
      waiting.findIndex((job) => job.isQuery),
    )
    const [job] = waiting.splice(place, 1)
    if (!job || !worker) return
    const texts = job.texts.slice(job.vectors.length, job.vectors.length + stepTexts)
    lastId += 1
    const timer = setTimeout(() => fail(`The thread of the model ${profile.model} does not answer.`), STEP_TIMEOUT_MS)
    timer.unref()
    step = { id: lastId, job, count: texts.length, timer }
    worker.postMessage({ id: lastId, texts } satisfies ToThread)
  }

  return {
    profile,
    maxBatch,
    loading: () => loading,
    load,
    embed: async (texts, purpose, signal) => {
      signal.throwIfAborted()
      if (texts.length > maxBatch) throw new RangeError(`${texts.length} texts in one call, at most ${maxBatch} fit`)
      if (texts.length === 0) return { vectors: [], tokens: null }
      load()
      if (loading.state === 'failed')
        throw new ProviderUnavailable(loading.error ?? '', RELOAD_PAUSE_MS - (performance.now() - failedAt))
      if (loading.state !== 'ready') {
        const share = loading.percent === null ? '' : ` (${loading.percent} % downloaded)`
        throw new ProviderUnavailable(`The model ${profile.model} is being loaded${share}.`, LOADING_PAUSE_MS)
      }
      const prefix = purpose === 'query' ? profile.queryPrefix : profile.passagePrefix
      const { promise, resolve, reject } = Promise.withResolvers<Embeddings>()
      const giveUp = () => reject(signal.reason)
      signal.addEventListener('abort', giveUp, { once: true })
      waiting.push({
        texts: texts.map((text) => prefix + text),
        vectors: [],
        tokens: null,
        isQuery: purpose === 'query',
        signal,
        resolve,
        reject,
      })
      sendNext()
      return await promise.finally(() => signal.removeEventListener('abort', giveUp))
    },
    close: async () => {
      isClosed = true
      const ended = worker
      worker = null
      if (step) clearTimeout(step.timer)
      for (const job of step ? [step.job, ...waiting] : waiting)
        job.reject(new ProviderUnavailable('The model was closed.'))
      waiting.length = 0
      step = null
      await ended?.terminate()
    },
  }
}
