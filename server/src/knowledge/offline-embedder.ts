import { searchTokens } from '../platform/language.ts'
import { isStopWord } from '../platform/word-forms.ts'
import type { Embedder } from './embedder.ts'

// It names the vectors: change it with anything below that changes one, or old and new vectors would be compared.
const model = 'hashed-ngrams-1'
// 64 texts of 2 KB hold the thread for some 10 ms; the API shares it when embedded.
const maxBatch = 64
// What a word's n-grams weigh together beside the word itself: enough for a typing error or a compound to come near.
const gramShare = 0.6
const gramLength = 3
const fnvOffset = 0x811c9dc5
const fnvPrime = 0x01000193

/**
 * An embedder that needs no network and no model: words and their character trigrams, hashed into the dimensions with a
 * sign. Lexical, not semantic: it finds the same words and similar spellings, never a synonym or a translation. The same
 * text always gets the same unit vector; a text without words gets the first axis.
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
  // By the square root, so that all grams of a word together have the length `gramShare` whatever the word's.
  const gramWeight = (weight * gramShare) / Math.sqrt(grams)
  for (let at = 0; at < grams; at += 1) {
    // Another start value, or the word "abc" and the gram "abc" would be one feature.
    add(vector, hash(bounded, at, at + gramLength, ~fnvOffset), gramWeight)
  }
}

function add(vector: Float32Array, hashed: number, weight: number): void {
  const at = (hashed >>> 1) % vector.length
  vector[at] = (vector[at] ?? 0) + ((hashed & 1) === 0 ? weight : -weight)
}

// FNV-1a over UTF-16 units, then mixed: its low bit alone is only the parity of the units' low bits.
function hash(text: string, start: number, end: number, seed: number): number {
  let value = seed
  for (let at = start; at < end; at += 1) value = Math.imul(value ^ text.charCodeAt(at), fnvPrime)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
