import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import type { LoadedModel } from './model-thread.ts'
import { readTensor, readTensorPlaces } from './safetensors.ts'

/** As in model2vec; more tokens of a text do not change its vector. */
const MAX_TOKENS = 512
/** Characters of a text that are tokenised: more than 512 tokens of any language have. */
const MAX_CHARACTERS = 10_000
const FILES = ['tokenizer.json', 'config.json', 'model.safetensors']
const HASH_BLOCK_BYTES = 1 << 22

/** The identity of a static model, which is known before its values are read. */
export interface StaticModelIdentity {
  /** The name of the folder and the beginning of the hash of its files: another file is another model. */
  model: string
  dimensions: number
}

/** The identity of the last model, with the sizes and times of its files: hashing 100 MB stops the main thread for about 0.1 s. */
let identified: { stamp: string; identity: StaticModelIdentity } | null = null

/**
 * Reads the identity of the model2vec model in a folder (`tokenizer.json`, `model.safetensors`, `config.json`).
 * @throws {Error} with a sentence about the missing or broken file
 */
export function identifyStaticModel(folder: string): StaticModelIdentity {
  const stamp = stampOf(folder)
  if (identified?.stamp === stamp) return identified.identity
  const hash = createHash('sha256')
  for (const name of FILES) hashFile(folder, name, hash)
  const { shape } = embeddingsOf(join(folder, 'model.safetensors'))
  const identity = { model: `${basename(folder)}-${hash.digest('hex').slice(0, 8)}`, dimensions: shape[1] ?? 0 }
  identified = { stamp, identity }
  return identity
}

function stampOf(folder: string): string {
  const files = FILES.map((name) => {
    const { size, mtimeMs, ino } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? {}
    return `${size} ${mtimeMs} ${ino}`
  })
  return [folder, ...files].join(' ')
}

function hashFile(folder: string, name: string, hash: ReturnType<typeof createHash>): void {
  let file: number
  try {
    file = openSync(join(folder, name), 'r')
  } catch {
    throw new Error(`The folder ${folder} has no readable file ${name}.`)
  }
  try {
    const block = Buffer.alloc(Math.min(HASH_BLOCK_BYTES, statSync(join(folder, name)).size + 1))
    for (let count = readSync(file, block); count > 0; count = readSync(file, block))
      hash.update(block.subarray(0, count))
  } finally {
    closeSync(file)
  }
}

function embeddingsOf(path: string) {
  const places = readTensorPlaces(path)
  const embeddings = places.get('embeddings') ?? places.get('embedding.weight')
  if (embeddings?.shape.length !== 2 || (embeddings.shape[1] ?? 0) < 1)
    throw new Error('The file model.safetensors has no table of embeddings: it is not a model2vec model.')
  return { ...embeddings, places }
}

/**
 * Loads a model2vec model: the vector of a text is the mean of the vectors of its tokens, with the model's weights if it has them, of
 * length 1. A text without a known token gets the first axis. Runs in the thread of the model.
 * @throws {Error} with a sentence about the file
 */
export function loadStaticModel(folder: string): LoadedModel {
  const path = join(folder, 'model.safetensors')
  const embeddings = embeddingsOf(path)
  const [rows = 0, dimensions = 0] = embeddings.shape
  const table = readTensor(path, embeddings)
  const optional = (name: string) => {
    const place = embeddings.places.get(name)
    return place ? readTensor(path, place) : null
  }
  // With a mapping, several tokens share a row (the table was reduced); weights belong to tokens.
  const mapping = optional('mapping')
  const weights = optional('weights')
  const json = readJson(folder, 'tokenizer.json')
  readJson(folder, 'config.json')
  const tokenizer = openTokenizer(json)
  const unknown = unknownToken(json, tokenizer)
  const tokensOf = (text: string) =>
    tokenizer
      .encode(text.slice(0, MAX_CHARACTERS), { add_special_tokens: false })
      .ids.filter((id: number) => id !== unknown)
      .slice(0, MAX_TOKENS)

  const embedOne = (text: string, vector: Float32Array): number => {
    const tokens = tokensOf(text)
    for (const token of tokens) {
      const row = mapping ? (mapping[token] ?? -1) : token
      if (row < 0 || row >= rows) continue
      const weight = weights?.[token] ?? 1
      const start = row * dimensions
      for (let at = 0; at < dimensions; at += 1) vector[at] = (vector[at] ?? 0) + weight * (table[start + at] ?? 0)
    }
    // The mean and the sum have the same direction.
    normalise(vector)
    return tokens.length
  }

  return {
    dimensions,
    embed: async (texts) => {
      const vectors = new Float32Array(texts.length * dimensions)
      let tokens = 0
      for (const [place, text] of texts.entries())
        tokens += embedOne(text, vectors.subarray(place * dimensions, (place + 1) * dimensions))
      return { vectors, tokens }
    },
  }
}

function normalise(vector: Float32Array): void {
  let squares = 0
  for (const value of vector) squares += value * value
  const length = Math.sqrt(squares)
  if (length === 0) vector[0] = 1
  else for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] ?? 0) / length
}

function readJson(folder: string, name: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8'))
  } catch {
    throw new Error(`The file ${name} of the model is missing or is not JSON.`)
  }
}

function openTokenizer(json: object): Tokenizer {
  try {
    return new Tokenizer(json, {})
  } catch (error) {
    throw new Error(`The file tokenizer.json cannot be used: ${(error as Error).message}`)
  }
}

/** The id of the token for unknown words, which has no meaning of its own; undefined when the tokenizer has none. */
function unknownToken(json: Record<string, unknown>, tokenizer: Tokenizer): number | undefined {
  const model = json.model as { unk_token?: unknown; unk_id?: unknown } | undefined
  if (typeof model?.unk_token === 'string') return tokenizer.token_to_id(model.unk_token)
  return typeof model?.unk_id === 'number' ? model.unk_id : undefined
}
