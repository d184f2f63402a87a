import { type Embedder, type Embeddings, InputRefused, ProviderUnavailable } from './embedder.ts'
import { readTokens, readVectors } from './openai-answer.ts'

/** Connection to an OpenAI-compatible `/embeddings` endpoint (OpenAI, Ollama, TEI, vLLM). */
export type OpenAiEmbedderOptions = {
  /** URL without `/embeddings`, such as `https://api.openai.com/v1`. */
  baseUrl: string
  /** Sent as a bearer token; an empty key is not sent. A function is asked before each request. */
  apiKey: string | (() => string)
  model: string
  /** null: the vectors may have any size. */
  dimensions: number | null
  /** True to send the number of dimensions; models with one fixed size reject the parameter. */
  sendDimensions: boolean
  encodingFormat: 'float' | 'base64'
  timeoutMs: number
  maxBatch: number
  queryPrefix: string
  passagePrefix: string
}

const maxAnswerBytes = 64 * 1024 * 1024
const maxErrorBytes = 64 * 1024
const maxRetryAfterMs = 3_600_000
const refusals = new Set([400, 413, 422])
const misconfigured = new Map([
  [401, 'does not accept the API key'],
  [403, 'does not allow embeddings with this API key'],
  [404, 'does not know this URL or model'],
])

/**
 * An embedder over HTTP. The timeout covers the whole call including the answer. Redirects are not followed, because they would
 * forward the API key. Throws a RangeError for more than `maxBatch` texts. No message contains the API key.
 */
export function createOpenAiEmbedder(options: OpenAiEmbedderOptions): Embedder {
  const { model, dimensions, sendDimensions, encodingFormat, timeoutMs, maxBatch, queryPrefix, passagePrefix } = options
  const baseUrl = options.baseUrl.replace(/\/+$/, '')

  async function post(input: string[], signal: AbortSignal): Promise<Embeddings> {
    const apiKey = typeof options.apiKey === 'string' ? options.apiKey : options.apiKey()
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
    }
    const withoutKey = (text: string) => (apiKey === '' ? text : text.replaceAll(apiKey, '[API key]'))
    const body = { model, input, encoding_format: encodingFormat, ...(sendDimensions ? { dimensions } : {}) }
    const answer = await fetch(`${baseUrl}/embeddings`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      redirect: 'manual',
      signal,
    })
    if (answer.ok) {
      const said = await readJson(answer)
      return { vectors: readVectors(said, input.length, dimensions), tokens: readTokens(said) }
    }
    const text = (await readUpTo(answer, maxErrorBytes)).toString('utf8')
    if (refusals.has(answer.status))
      throw new InputRefused(withoutKey(providerMessage(text)) || `HTTP ${answer.status}`)
    const reason = misconfigured.get(answer.status)
    throw new ProviderUnavailable(
      reason === undefined
        ? `The embedding provider answered ${answer.status}.`
        : `The embedding provider ${reason} (${answer.status}): check the settings.`,
      retryAfterMs(answer.headers.get('retry-after')),
      withoutKey(providerMessage(text)),
    )
  }

  return {
    profile: { provider: 'openai', url: baseUrl, model, dimensions: dimensions ?? 0, queryPrefix, passagePrefix },
    maxBatch,
    async embed(texts, purpose, signal) {
      signal.throwIfAborted()
      if (texts.length > maxBatch) throw new RangeError(`${texts.length} texts in one call, at most ${maxBatch} fit`)
      if (texts.length === 0) return { vectors: [], tokens: null }
      const prefix = purpose === 'query' ? queryPrefix : passagePrefix
      const timeout = AbortSignal.timeout(timeoutMs)
      try {
        return await post(
          texts.map((text) => prefix + text),
          AbortSignal.any([signal, timeout]),
        )
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof ProviderUnavailable || error instanceof InputRefused) throw error
        if (timeout.aborted)
          throw new ProviderUnavailable(`The embedding provider did not answer within ${timeoutMs} ms.`)
        throw new ProviderUnavailable(`The embedding provider cannot be reached${networkCode(error)}.`)
      }
    },
  }
}

async function readJson(answer: Response): Promise<unknown> {
  const type = answer.headers.get('content-type') ?? ''
  if (!/\bjson\b/i.test(type)) {
    await answer.body?.cancel()
    throw new ProviderUnavailable('The embedding provider did not answer with JSON: check the URL.')
  }
  const bytes = await readUpTo(answer, maxAnswerBytes)
  if (bytes.length > maxAnswerBytes)
    throw new ProviderUnavailable('The embedding provider answered with more than 64 MB.')
  const text = bytes.toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw new ProviderUnavailable('The embedding provider answered with broken JSON.')
  }
}

// The body, or slightly more than `maxBytes` of it; leaving the loop cancels the rest.
async function readUpTo(answer: Response, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of answer.body ?? []) {
    parts.push(part)
    size += part.byteLength
    if (size > maxBytes) break
  }
  return Buffer.concat(parts)
}

// OpenAI and vLLM: {error: {message}}; Ollama and TEI: {error}; FastAPI: {detail}. For any other format, the text itself.
function providerMessage(text: string): string {
  try {
    const { error, message, detail } = JSON.parse(text)
    const said = error?.message ?? error ?? message ?? detail
    return typeof said === 'string' ? said : text
  } catch {
    return text
  }
}

function retryAfterMs(header: string | null): number | null {
  if (header === null) return null
  const waitMs = /^\s*\d+(?:\.\d+)?\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), maxRetryAfterMs)
}

// Only the code (ECONNREFUSED): the message of an error may contain the URL with secrets in it.
function networkCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
}
