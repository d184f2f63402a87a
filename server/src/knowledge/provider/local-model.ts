import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LoadedModel, LoadProgress } from './model-thread.ts'

/** The optional library that runs ONNX models, and the version that this server was written for. */
export const LOCAL_LIBRARY = '@huggingface/transformers'
export const LOCAL_LIBRARY_VERSION = '4.3.1'
/** The weights are read as 8-bit numbers: 118 MB instead of 470 MB for multilingual-e5-small. */
const PRECISION = 'q8'

export interface LocalModelOptions {
  model: string
  dimensions: number
  /** Folder of downloaded weights, and of the library if it is not beside the server. */
  folder: string
  /** True: nothing is downloaded. */
  isOffline: boolean
}

/** The parts of the library that are used here. */
interface Library {
  env: { cacheDir: string; localModelPath: string; allowLocalModels: boolean; allowRemoteModels: boolean }
  pipeline(
    task: 'feature-extraction',
    model: string,
    options: { dtype: string; progress_callback: (event: ProgressEvent) => void },
  ): Promise<(texts: string[], options: { pooling: 'mean'; normalize: true }) => Promise<Tensor>>
}
interface Tensor {
  dims: number[]
  data: Float32Array
}
interface ProgressEvent {
  status: string
  file?: string
  loaded?: number
  total?: number
}

/** The path of the library beside the server or in the folder of models; null when it is not installed. */
export function findLocalLibrary(folder: string): string | null {
  for (const from of [import.meta.url, pathToFileURL(join(folder, 'package.json')).href]) {
    try {
      return createRequire(from).resolve(LOCAL_LIBRARY)
    } catch {
      // Not installed there.
    }
  }
  return null
}

/** The command that installs the library. */
export function installCommand(folder: string): string {
  return `npm install --prefix "${folder}" ${LOCAL_LIBRARY}@${LOCAL_LIBRARY_VERSION}`
}

/**
 * Loads an ONNX model with the optional library; missing weights are downloaded into the folder. Runs in the thread of the model.
 * @throws {Error} with a sentence about the cause
 */
export async function loadLocalModel(
  { model, dimensions, folder, isOffline }: LocalModelOptions,
  progress: (progress: LoadProgress) => void,
): Promise<LoadedModel> {
  const path = findLocalLibrary(folder)
  if (path === null)
    throw new Error(
      `EMBEDDING_PROVIDER=local needs the library ${LOCAL_LIBRARY}. Install it with: ${installCommand(folder)}`,
    )
  let extract: Awaited<ReturnType<Library['pipeline']>>
  try {
    const imported = await import(pathToFileURL(path).href)
    const { env, pipeline }: Library = imported.pipeline ? imported : imported.default
    env.cacheDir = folder
    env.localModelPath = folder
    env.allowLocalModels = true
    env.allowRemoteModels = !isOffline
    extract = await pipeline('feature-extraction', model, {
      dtype: PRECISION,
      progress_callback: ({ status, file, loaded, total }) => {
        if (status === 'progress' && file !== undefined) progress({ file, loaded: loaded ?? 0, total: total ?? 0 })
      },
    })
  } catch (error) {
    throw new Error(loadFailure(error, { model, folder, isOffline }))
  }
  return {
    dimensions,
    embed: async (texts) => {
      const { dims, data } = await extract(texts, { pooling: 'mean', normalize: true })
      if (dims.at(-1) !== dimensions)
        throw new Error(`The model ${model} gives ${dims.at(-1)} dimensions: set EMBEDDING_DIMENSIONS=${dims.at(-1)}.`)
      // The library gives no count of tokens.
      return { vectors: Float32Array.from(data), tokens: null }
    },
  }
}

const NETWORK =
  /fetch failed|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|getaddrinfo|network|status code|Unauthorized|Could not locate/i
const MEMORY = /bad_alloc|out of memory|allocat|memory/i
const BROKEN = /protobuf|parse|parsing|JSON|corrupt|invalid model|unexpected end|deserialize/i

/** A sentence about a failed load. The library's own message follows in brackets. */
function loadFailure(error: unknown, { model, folder, isOffline }: Omit<LocalModelOptions, 'dimensions'>): string {
  const cause = error instanceof Error && error.cause ? ` ${error.cause}` : ''
  const said = `${error instanceof Error ? error.message : error}${cause}`.replaceAll(/\s+/g, ' ').slice(0, 200)
  if (MEMORY.test(said)) return `The machine has too little memory for the model ${model} (${said}).`
  if (BROKEN.test(said))
    return `A file of the model ${model} is broken: delete ${join(folder, model)}, and the server loads it again (${said}).`
  if (isOffline)
    return `The model ${model} is not in ${folder}, and EMBEDDING_OFFLINE=on allows no download: copy its files to ${join(folder, model)} (${said}).`
  if (NETWORK.test(said))
    return `The weights of ${model} cannot be downloaded: check the network, or copy them to ${join(folder, model)} (${said}).`
  return `The model ${model} cannot be loaded (${said}).`
}
