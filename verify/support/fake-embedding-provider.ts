/**
 * An embedding provider for tests and benchmarks: a real HTTP server that speaks OpenAI's `POST /v1/embeddings` and
 * misbehaves on request.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * The kind of the next answers:
 * - `error` 500, `unauthorized` 401, `rate-limited` 429 with `Retry-After: 1`
 * - `hang` never answers, until the provider is closed
 * - `html` a 200 with a web page, as a captive portal or a wrong URL gives
 * - `short` one vector too few, `wrong-dimensions` one number too many in each
 * - `nan` a null where a number belongs (NaN itself when base64), `nan-text` the bare word NaN, which is not JSON
 * - `refuse` 400 if any of the texts matches, as for a text the model will never take
 */
export type Behaviour =
  | 'ok'
  | 'error'
  | 'unauthorized'
  | 'rate-limited'
  | 'hang'
  | 'html'
  | 'short'
  | 'wrong-dimensions'
  | 'nan'
  | 'nan-text'
  | { rateLimited: { retryAfter: string } }
  | { refuse: (text: string) => boolean }

/** Chooses per request; `requestNumber` counts from 1 since the start. */
export type ChooseBehaviour = (texts: string[], requestNumber: number) => Behaviour

export interface FakeProviderOptions {
  dimensions?: number
  /** Time before every answer, good or bad. */
  latencyMs?: number
  /** More texts than this in one request are answered with 422. */
  maxBatch?: number
}

export interface FakeProvider {
  /** Base URL, ends with `/v1`. */
  readonly url: string
  /** Received requests, with any answer. */
  readonly requests: number
  /** The texts of all requests answered with 200, in order: what a real provider would have charged for. */
  readonly inputs: readonly string[]
  /** The tokens of those texts, as it counts them (`tokensOf`). */
  readonly tokens: number
  /** The `usage` of the next answers, of so many tokens; undefined leaves it out. The default is OpenAI's form. */
  tellUsage(usage: (tokens: number) => unknown): void
  behave(behaviour: Behaviour | ChooseBehaviour): void
  close(): Promise<void>
}

interface EmbeddingRequest {
  model: string
  input: string | string[]
  encoding_format?: 'float' | 'base64'
}

export async function startFakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const { dimensions = 64, latencyMs = 0, maxBatch = Number.POSITIVE_INFINITY } = options
  const inputs: string[] = []
  let requests = 0
  let choose: ChooseBehaviour = () => 'ok'
  let usageOf: (tokens: number) => unknown = openAiUsage

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || request.url !== '/v1/embeddings') {
      return sendError(response, 404, `no such path: ${request.method} ${request.url}`)
    }
    requests += 1
    const requestNumber = requests
    const { model, input, encoding_format: encoding } = JSON.parse(await readText(request)) as EmbeddingRequest
    const texts = typeof input === 'string' ? [input] : input

    const behaviour = choose(texts, requestNumber)
    if (behaviour === 'hang') return
    if (latencyMs > 0) await delay(latencyMs)
    if (response.destroyed) return

    if (typeof behaviour === 'object') {
      if ('rateLimited' in behaviour) return sendRateLimited(response, behaviour.rateLimited.retryAfter)
      if (texts.some(behaviour.refuse)) return sendError(response, 400, 'an input was refused')
    }
    if (behaviour === 'rate-limited') return sendRateLimited(response, '1')
    if (behaviour === 'error') return sendError(response, 500, 'the server had an error')
    if (behaviour === 'unauthorized') return sendError(response, 401, 'incorrect API key provided')
    if (texts.length > maxBatch) return sendError(response, 422, `at most ${maxBatch} inputs are allowed`)

    inputs.push(...texts)
    if (behaviour === 'html') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>')
      return
    }
    const vectors = texts.map((text) => embedWords(text, dimensions + (behaviour === 'wrong-dimensions' ? 1 : 0)))
    if (behaviour === 'short') vectors.pop()
    if (behaviour === 'nan' || behaviour === 'nan-text') vectors[0]?.fill(Number.NaN, 0, 1)

    const body = JSON.stringify({
      object: 'list',
      model,
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        // JSON has no NaN: stringify makes it null.
        embedding: encoding === 'base64' ? toBase64(vector) : Array.from(vector),
      })),
      usage: usageOf(countTokens(texts)),
    })
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(behaviour === 'nan-text' ? body.replace('[null', '[NaN') : body)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) sendError(response, 400, String(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the fake provider has no port')

  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    get requests() {
      return requests
    },
    inputs,
    get tokens() {
      return countTokens(inputs)
    },
    tellUsage(usage) {
      usageOf = usage
    },
    behave(behaviour) {
      choose = typeof behaviour === 'function' ? behaviour : () => behaviour
    },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections() // those left hanging would keep it open
      await closed
    },
  }
}

export const openAiUsage = (tokens: number) => ({ prompt_tokens: tokens, total_tokens: tokens })

/** Four characters a token, as a rule of thumb has it, and at least one. */
export const tokensOf = (text: string) => Math.ceil(text.length / 4)

const countTokens = (texts: readonly string[]) => texts.reduce((sum, text) => sum + tokensOf(text), 0)

function sendError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message } }))
}

function sendRateLimited(response: ServerResponse, retryAfter: string): void {
  response.setHeader('retry-after', retryAfter)
  sendError(response, 429, 'rate limit reached')
}

/** Little-endian 32-bit floats, as OpenAI sends them. */
function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer).toString('base64')
}

// Each word marks this many places at any width, so that a benchmark does not measure this file.
const placesPerWord = 8

/** A unit vector that depends on the words alone: texts that share words are near, equal texts are equal. */
export function embedWords(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  // Keeps the vector of a text without words, or whose words cancel out, from being zero.
  vector[0] = 0.01
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    let hash = hashWord(word)
    for (let place = 0; place < placesPerWord; place += 1) {
      hash = nextRandom(hash)
      const at = (hash >>> 1) % dimensions
      vector[at] = (vector[at] ?? 0) + (hash & 1 ? 1 : -1)
    }
  }
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/** FNV-1a; never zero, where `nextRandom` would stay for ever. */
function hashWord(word: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
  return hash >>> 0 || 1
}

/** xorshift32. */
function nextRandom(state: number): number {
  let next = state ^ (state << 13)
  next ^= next >>> 17
  next ^= next << 5
  return next >>> 0
}
