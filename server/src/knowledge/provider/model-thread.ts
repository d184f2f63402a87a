import { parentPort, workerData } from 'node:worker_threads'
import { type LocalModelOptions, loadLocalModel } from './local-model.ts'
import { loadStaticModel } from './static-model.ts'

/** A model in memory. */
export interface LoadedModel {
  dimensions: number
  /** The vectors of all texts, one after the other, and the number of tokens (null: not counted). */
  embed(texts: string[]): Promise<{ vectors: Float32Array; tokens: number | null }>
}

/** Bytes of a file of the model that is being downloaded; a total of 0 is unknown. */
export interface LoadProgress {
  file: string
  loaded: number
  total: number
}

export type ThreadOptions = { kind: 'local'; options: LocalModelOptions } | { kind: 'static'; folder: string }

export type ToThread = { id: number; texts: string[] }
export type FromThread =
  | { progress: LoadProgress }
  | { ready: true }
  | { failed: string }
  | { id: number; vectors: Float32Array; tokens: number | null }
  | { id: number; error: string }

/** The thread of a model: loads it, then embeds one message after the other, so that HTTP continues on the main thread. */
async function run(options: ThreadOptions, send: (message: FromThread, moved?: ArrayBuffer[]) => void): Promise<void> {
  const model =
    options.kind === 'static'
      ? loadStaticModel(options.folder)
      : await loadLocalModel(options.options, (progress) => send({ progress }))
  parentPort?.on('message', async ({ id, texts }: ToThread) => {
    try {
      const { vectors, tokens } = await model.embed(texts)
      send({ id, vectors, tokens }, [vectors.buffer as ArrayBuffer])
    } catch (error) {
      send({ id, error: (error as Error).message })
    }
  })
  send({ ready: true })
}

if (parentPort) {
  const port = parentPort
  run(workerData as ThreadOptions, (message, moved = []) => port.postMessage(message, moved)).catch((error: unknown) =>
    port.postMessage({ failed: error instanceof Error ? error.message : String(error) } satisfies FromThread),
  )
}
