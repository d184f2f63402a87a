import type { components, operations } from './api-types.ts'

/** Longest time of one request, in ms, with its answer. The server itself answers within 30 s or with 503. */
const TIMEOUT_MS = 30_000
/** Longest text of a failure that is no problem document. */
const MAX_DETAIL = 200

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never
type Body<Id extends keyof operations> = Json<NonNullable<operations[Id]['requestBody']>>
type Answer<Id extends keyof operations> = Json<operations[Id]['responses'][200]>

export type Product = components['schemas']['Product']
export type Category = Answer<'listCategories'>['results'][number]
export type SearchRequest = Body<'searchProductsByBody'>
export type SearchAnswer = Answer<'searchProductsByBody'>
export type LookUpRequest = Body<'lookUpProductsByBody'>
export type ContextRequest = Body<'buildContext'>
export type ContextAnswer = Answer<'buildContext'>
export type FeedbackRequest = Body<'sendFeedback'>
export type FeedbackReceipt = Answer<'sendFeedback'>

/** A request that failed. */
export class FikoError extends Error {
  override name = 'FikoError'
  /** The HTTP status; 0 when no answer arrived. */
  readonly status: number
  /**
   * The stable code of the server, such as `not_found`; or a code of this client: `invalid_options`, `unreachable`, `timeout`,
   * `unexpected_answer`.
   */
  readonly code: string
  /** The cause, in a sentence for people. */
  readonly detail: string

  constructor(status: number, code: string, detail: string, options?: ErrorOptions) {
    super(`${code} (${status}): ${detail}`, options)
    this.status = status
    this.code = code
    this.detail = detail
  }
}

export interface ClientOptions {
  /** The address of the server, such as `https://sync.example.com`. */
  url: string
  /** A knowledge token, `kb_sk_…`. */
  token: string
  /** The language of error details. Default: English. */
  language?: 'en' | 'fa'
}

/** Reads the catalogue, and reports what came of answers. Every method throws {@link FikoError}. */
export interface FikoClient {
  /** Products that fit the words of a buyer and the filters. */
  search(request: SearchRequest): Promise<SearchAnswer>
  /** Products by id or SKU, at most 100. Ids that name nothing are missing from the answer. */
  lookUp(request: LookUpRequest): Promise<Product[]>
  /** One product by its number; an unknown one is the error 404 `not_found`. */
  product(id: number): Promise<Product>
  /** The categories with their numbers of products, of one store or of all that the token reads. */
  categories(storeId?: number): Promise<Category[]>
  /** The passages that answer a question, as one text for a prompt, with citations. */
  context(request: ContextRequest): Promise<ContextAnswer>
  /** Reports a click, a conversion or an opinion about an answer, by its `question_id`. The same report again changes nothing. */
  feedback(request: FeedbackRequest): Promise<FeedbackReceipt>
}

/**
 * A client of one server.
 * @throws {FikoError} `invalid_options` for an address or a token that no request can have
 */
export function createClient({ url, token, language = 'en' }: ClientOptions): FikoClient {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new FikoError(0, 'invalid_options', 'url must be an address that begins with http:// or https://.')
  }
  // A header cannot contain other characters, such as the "…" of a shortened token.
  if (!/^[!-~]+$/.test(token)) {
    throw new FikoError(
      0,
      'invalid_options',
      'token must be the whole knowledge token: printable ASCII without spaces.',
    )
  }
  const base = url.replace(/\/+$/, '')
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'accept-language': language }

  const read = <T>(path: string) => send<T>(`${base}${path}`, { headers })
  const ask = <T>(path: string, body: object) =>
    send<T>(`${base}${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  return {
    search: (request) => ask('/api/v1/knowledge/search/', request),
    lookUp: async (request) =>
      (await ask<Answer<'lookUpProductsByBody'>>('/api/v1/knowledge/products/', request)).results,
    product: (id) => read(`/api/v1/knowledge/products/${encodeURIComponent(id)}/`),
    categories: async (storeId) => {
      const query = storeId === undefined ? '' : `?store_id=${encodeURIComponent(storeId)}`
      return (await read<Answer<'listCategories'>>(`/api/v1/knowledge/categories/${query}`)).results
    },
    context: (request) => ask('/api/v1/knowledge/context/', request),
    feedback: (request) => ask('/api/v1/knowledge/feedback/', request),
  }
}

/** The body of a successful answer. The server serialises it by the schemas from which the types are made. */
async function send<T>(address: string, request: RequestInit): Promise<T> {
  let status = 0
  let text: string
  try {
    // A redirect would lose the body, or send the token to another server.
    const answer = await fetch(address, { ...request, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
    status = answer.status
    text = await answer.text()
  } catch (error) {
    throw withoutAnswer(status, address, error)
  }
  const body = parsed(text)
  if (status >= 200 && status < 300 && body !== undefined) return body as T
  throw refusal(status, text, body)
}

function withoutAnswer(status: number, address: string, cause: unknown): FikoError {
  const { origin } = new URL(address)
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return new FikoError(status, 'timeout', `${origin} did not answer within ${TIMEOUT_MS / 1_000} s.`, { cause })
  }
  return new FikoError(status, 'unreachable', `${origin} cannot be reached.`, { cause })
}

function refusal(status: number, text: string, body: unknown): FikoError {
  if (typeof body === 'object' && body !== null && 'error' in body && 'detail' in body) {
    return new FikoError(status, String(body.error), String(body.detail))
  }
  const start = text.replace(/\s+/g, ' ').trim().slice(0, MAX_DETAIL)
  return new FikoError(status, 'unexpected_answer', `This is no answer of a Fiko Sync server: ${start || 'no text'}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
