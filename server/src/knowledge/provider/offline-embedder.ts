import { searchTokens } from '../../platform/text/language.ts'
import { isStopWord } from '../../platform/text/word-forms.ts'
import type { Embedder } from './embedder.ts'

// Name of this version of the vectors. Change it together with any code below that changes a vector; otherwise old and new vectors
// would be compared.
const model = 'hashed-ngrams-1'
// 64 texts of 2 KB block the thread for about 10 ms; the embedded API shares this thread.
const maxBatch = 64
// Weight of a word's n-grams relative to the word: enough to match a typo or a compound.
const gramShare = 0.6
const gramLength = 3
const fnvOffset = 0x811c9dc5
const fnvPrime = 0x01000193

/**
 * An embedder without network or model: words and their character trigrams, hashed into the dimensions with a sign. Lexical, not
 * semantic: it matches equal words and similar spellings, never a synonym or a translation. The same text always gets the same unit
 * vector; a text without words gets the first axis.
 */
export function createOfflineEmbedder(dimensions = 384): Embedder {
  return {
    profile: { provider: 'offline', url: '', model, dimensions, queryPrefix: '', passagePrefix: '' },
    maxBatch,
    async embed(texts, _purpose, signal) {
      signal.throwIfAborted()
      return { vectors: texts.map((text) => embedText(text, dimensions)), tokens: null }
    },
  }
}

function embedText(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  for (const [token, count] of wordCounts(text)) addWord(vector, token, 1 + Math.log(count))
  let squares = 0
  for (const value of vector) squares += value * value
  if (squares === 0) {
    vector[0] = 1
    return vector
  }
  const length = Math.sqrt(squares)
  return vector.map((value) => value / length)
}

function wordCounts(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const token of searchTokens(text)) {
    if (!isStopWord(token)) counts.set(token, (counts.get(token) ?? 0) + 1)
  }
  return counts
}

function addWord(vector: Float32Array, token: string, weight: number): void {
  add(vector, hash(token, 0, token.length, fnvOffset), weight)
  const bounded = `<${token}>`
  const grams = bounded.length - gramLength + 1
  // Divided by the square root, so that all n-grams of a word together have the length `gramShare`, for words of any length.
  const gramWeight = (weight * gramShare) / Math.sqrt(grams)
  for (let at = 0; at < grams; at += 1) {
    // A different seed, because the word "abc" and the n-gram "abc" must be separate features.
    add(vector, hash(bounded, at, at + gramLength, ~fnvOffset), gramWeight)
  }
}

function add(vector: Float32Array, hashed: number, weight: number): void {
  const at = (hashed >>> 1) % vector.length
  vector[at] = (vector[at] ?? 0) + ((hashed & 1) === 0 ? weight : -weight)
}

// FNV-1a over UTF-16 code units, then mixed, because its lowest bit is only the parity of the units' lowest bits.
function hash(text: string, start: number, end: number, seed: number): number {
  let value = seed
  for (let at = start; at < end; at += 1) value = Math.imul(value ^ text.charCodeAt(at), fnvPrime)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
