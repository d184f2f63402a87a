import { ProviderUnavailable } from './embedder.ts'

/**
 * The vectors of an OpenAI embeddings answer in the order of the input, whatever order and encoding (numbers, or base64 of
 * little-endian float32) they came in. Throws `ProviderUnavailable` unless there is exactly one for each of `count` inputs,
 * of `dimensions` finite numbers that are not all zero: a wrong vector stored is worse than none.
 */
export function readVectors(answer: unknown, count: number, dimensions: number): Float32Array[] {
  const data = isRecord(answer) ? answer.data : undefined
  if (!Array.isArray(data)) throw nonsense('an answer without a list of embeddings')
  if (data.length !== count) throw nonsense(`${data.length} embeddings for ${count} texts`)
  const vectors: Float32Array[] = new Array(count)
  for (const item of data) {
    const { index, embedding }: Record<string, unknown> = isRecord(item) ? item : {}
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count || vectors[index]) {
      throw nonsense('embeddings without a clear order')
    }
    vectors[index] = readVector(embedding, dimensions)
  }
  return vectors
}

/** No request of 64 MB has so many; a sum of larger ones might not fit its column. */
const MAX_TOKENS = 1_000_000_000

/**
 * The tokens that the provider counted, or null where it told none. Whatever is no such count (0 is what servers say that do not
 * count) is none, too, and never an error: vectors are worth more.
 */
export function readTokens(answer: unknown): number | null {
  const usage = isRecord(answer) ? answer.usage : undefined
  const tokens = isRecord(usage) ? (usage.total_tokens ?? usage.prompt_tokens) : undefined
  const isCount = typeof tokens === 'number' && Number.isInteger(tokens) && tokens > 0 && tokens <= MAX_TOKENS
  return isCount ? tokens : null
}

function readVector(embedding: unknown, dimensions: number): Float32Array {
  const vector = typeof embedding === 'string' ? decodeBase64(embedding) : fromNumbers(embedding)
  if (vector.length !== dimensions) throw nonsense(`${vector.length} dimensions instead of ${dimensions}`)
  // After the conversion: 1e300 is finite, but not as a float32.
  if (!vector.every(Number.isFinite)) throw nonsense('an embedding that is not finite')
  if (vector.every((value) => value === 0)) throw nonsense('an embedding of zeros')
  return vector
}

function fromNumbers(embedding: unknown): Float32Array {
  if (!Array.isArray(embedding) || !embedding.every((value) => typeof value === 'number')) {
    throw nonsense('an embedding that is not a list of numbers')
  }
  return Float32Array.from(embedding)
}

function decodeBase64(embedding: string): Float32Array {
  const bytes = Buffer.from(embedding, 'base64')
  if (bytes.length % 4 !== 0) throw nonsense('an embedding of broken base64')
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function nonsense(what: string): ProviderUnavailable {
  return new ProviderUnavailable(`The embedding provider sent ${what}: check the model and its dimensions.`)
}
