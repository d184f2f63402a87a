import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A word of a fake static model, its vector and, with weights, its weight. */
export type FakeWord = [word: string, vector: number[], weight?: number]

const asFloats = (values: number[]) => Buffer.from(Float32Array.from(values).buffer)

/** Writes a file in the safetensors format. */
export function writeSafetensors(
  path: string,
  tensors: Record<string, { dtype: string; shape: number[]; bytes: Buffer }>,
) {
  const header: Record<string, unknown> = {}
  let at = 0
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] }
    at += bytes.length
  }
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  writeFileSync(path, Buffer.concat([length, json, ...Object.values(tensors).map(({ bytes }) => bytes)]))
}

/** A tokenizer of whole words in lower case, in the format of Hugging Face; unknown words are `[UNK]`, the first token. */
export function wordTokenizer(words: string[]): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(['[UNK]', ...words].map((word, id) => [word, id])),
    },
  }
}

/** Writes a tiny model in the format of model2vec; with weights, each token's vector is multiplied by its own. */
export function writeStaticModel(folder: string, words: FakeWord[]): void {
  mkdirSync(folder, { recursive: true })
  const dimensions = words[0]?.[1].length ?? 1
  const rows = [Array(dimensions).fill(0), ...words.map(([, vector]) => vector)]
  const weights = words.some(([, , weight]) => weight !== undefined)
    ? {
        weights: {
          dtype: 'F32',
          shape: [rows.length],
          bytes: asFloats([1, ...words.map(([, , weight = 1]) => weight)]),
        },
      }
    : {}
  writeSafetensors(join(folder, 'model.safetensors'), {
    embeddings: { dtype: 'F32', shape: [rows.length, dimensions], bytes: asFloats(rows.flat()) },
    ...weights,
  })
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(wordTokenizer(words.map(([word]) => word))))
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'model2vec', normalize: true }))
}

/**
 * Installs a module with the interface of `@huggingface/transformers` into a folder of models. Real weights cannot be downloaded in a
 * test. The module obeys the file `behaviour.json` of the folder: `load` names a failure of the load, `blockMs` is CPU time per
 * call, and the model waits between the downloaded halves until the file `go` exists (`waits`). It notes each text that it gets, and embeds words into 384
 * dimensions.
 */
export function installFakeLibrary(folder: string): void {
  const home = join(folder, 'node_modules', '@huggingface', 'transformers')
  mkdirSync(home, { recursive: true })
  writeFileSync(
    join(home, 'package.json'),
    JSON.stringify({ name: '@huggingface/transformers', version: '4.3.1', type: 'module', exports: './index.js' }),
  )
  writeFileSync(join(home, 'index.js'), FAKE_LIBRARY)
  behaveLocally(folder, {})
}

export interface LocalBehaviour {
  load?: string
  blockMs?: number
  waits?: boolean
  crash?: boolean
}

/** Sets the behaviour of the fake library. */
export function behaveLocally(folder: string, behaviour: LocalBehaviour): void {
  writeFileSync(join(folder, 'behaviour.json'), JSON.stringify(behaviour))
}

const FAKE_LIBRARY = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
export const env = {}
const behaviour = () => JSON.parse(readFileSync(join(env.cacheDir, 'behaviour.json'), 'utf8'))
const DIMENSIONS = 384
function embed(text) {
  const vector = new Float32Array(DIMENSIONS)
  vector[0] = 0.01
  for (const word of text.toLowerCase().match(/[\\p{L}\\p{N}]+/gu) ?? []) {
    let hash = 7
    for (const letter of word) hash = (hash * 31 + letter.codePointAt(0)) >>> 0
    vector[hash % DIMENSIONS] += 1
  }
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
export async function pipeline(task, model, { dtype, progress_callback: progress }) {
  if (task !== 'feature-extraction' || dtype !== 'q8') throw new Error('not asked as expected')
  const { load, waits } = behaviour()
  progress({ status: 'progress', file: 'onnx/model_quantized.onnx', loaded: 50, total: 100 })
  while (waits && !existsSync(join(env.cacheDir, 'go'))) await new Promise((resolve) => setTimeout(resolve, 20))
  if (load) throw new Error(env.allowRemoteModels ? load : 'offline: ' + load)
  progress({ status: 'progress', file: 'onnx/model_quantized.onnx', loaded: 100, total: 100 })
  return async (texts, { pooling, normalize }) => {
    if (pooling !== 'mean' || normalize !== true) throw new Error('not asked as expected')
    appendFileSync(join(env.cacheDir, 'texts.ndjson'), texts.map((text) => JSON.stringify(text) + '\\n').join(''))
    const { blockMs = 0, crash } = behaviour()
    if (crash) process.exit(1)
    const until = performance.now() + blockMs
    while (performance.now() < until) Math.sqrt(until)
    const data = Float32Array.from(texts.flatMap((text) => [...embed(text)]))
    return { dims: [texts.length, DIMENSIONS], data }
  }
}
`
