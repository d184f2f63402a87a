import { ProviderUnavailable } from './embedder.ts'

/**
 * Reads the vectors of an OpenAI embeddings answer in input order. They may arrive in any order and encoding (numbers, or base64 of
 * little-endian float32). Throws `ProviderUnavailable` unless each of the `count` inputs has exactly one vector of `dimensions`
 * finite numbers that are not all zero: a wrong vector is worse than none. With null, any number of dimensions is accepted.
 */
export function readVectors(answer: unknown, count: number, dimensions: number | null): Float32Array[] {
  const data = isRecord(answer) ? answer.data : undefined
  if (!Array.isArray(data)) throw invalidAnswer('an answer without a list of embeddings')
  if (data.length !== count) throw invalidAnswer(`${data.length} embeddings for ${count} texts`)
  const vectors: Float32Array[] = new Array(count)
  for (const item of data) {
    const { index, embedding }: Record<string, unknown> = isRecord(item) ? item : {}
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count || vectors[index]) {
      throw invalidAnswer('embeddings without a clear order')
    }
    vectors[index] = readVector(embedding, dimensions)
  }
  return vectors
}

/** Above the tokens of any request of 64 MB; sums of larger numbers might overflow the column. */
const MAX_TOKENS = 1_000_000_000

/**
 * The tokens that the provider counted, or null. An invalid count (servers without counting send 0) is null too and never an error,
 * because the vectors are still valid.
 */
export function readTokens(answer: unknown): number | null {
  const usage = isRecord(answer) ? answer.usage : undefined
  const tokens = isRecord(usage) ? (usage.total_tokens ?? usage.prompt_tokens) : undefined
  const isCount = typeof tokens === 'number' && Number.isInteger(tokens) && tokens > 0 && tokens <= MAX_TOKENS
  return isCount ? tokens : null
}

function readVector(embedding: unknown, dimensions: number | null): Float32Array {
  const vector = typeof embedding === 'string' ? decodeBase64(embedding) : fromNumbers(embedding)
  if (dimensions !== null && vector.length !== dimensions)
    throw invalidAnswer(`${vector.length} dimensions instead of ${dimensions}`)
  if (vector.length === 0) throw invalidAnswer('an embedding without numbers')
  // Checked after the conversion: 1e300 is finite, but not as a float32.
  if (!vector.every(Number.isFinite)) throw invalidAnswer('an embedding that is not finite')
  if (vector.every((value) => value === 0)) throw invalidAnswer('an embedding of zeros')
  return vector
}

function fromNumbers(embedding: unknown): Float32Array {
  if (!Array.isArray(embedding) || !embedding.every((value) => typeof value === 'number')) {
    throw invalidAnswer('an embedding that is not a list of numbers')
  }
  return Float32Array.from(embedding)
}

function decodeBase64(embedding: string): Float32Array {
  const bytes = Buffer.from(embedding, 'base64')
  if (bytes.length % 4 !== 0) throw invalidAnswer('an embedding of broken base64')
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function invalidAnswer(what: string): ProviderUnavailable {
  return new ProviderUnavailable(`The embedding provider sent ${what}: check the model and its dimensions.`)
}
