/**
 * Models in the server's own process: texts per second, CPU and the longest stop of the main thread, for a static model of 256 dimensions
 * with 30,000 words, and for the way around a local model (thread, messages, checks) with a module that only hashes words.
 * Run: node verify/bench/own-models.ts
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import {
  closeEmbedder,
  configuredProfile,
  embedderOf,
} from '../../server/src/knowledge/provider/configured-embedder.ts'
import type { Embedder } from '../../server/src/knowledge/provider/embedder.ts'
import { readConfig } from '../../server/src/platform/config.ts'
import { installFakeLibrary, writeStaticModel } from '../support/fake-models.ts'

const TEXTS = 5_000
const WORDS_PER_TEXT = 60
const WORDS = 30_000
const DIMENSIONS = 256

const folder = mkdtempSync(join(tmpdir(), 'fiko-bench-'))
const word = (at: number) => `واژه${((at * 7_919) % WORDS).toString(36)}`
const texts = Array.from({ length: TEXTS }, (_, text) =>
  Array.from({ length: WORDS_PER_TEXT }, (_, at) => word(text * 31 + at * 17)).join(' '),
)

async function measure(name: string, env: Record<string, string>): Promise<void> {
  const { embedding } = readConfig({ DATA_DIR: folder, ...env })
  const embedder: Embedder = embedderOf(configuredProfile(embedding), embedding)
  const never = new AbortController().signal
  const startedAt = performance.now()
  while (!(await embedder.embed(['test'], 'query', never).then(Boolean, () => false)))
    await new Promise((resolve) => setTimeout(resolve, 20))
  const loadedMs = performance.now() - startedAt
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const before = process.cpuUsage()
  const from = performance.now()
  for (let at = 0; at < texts.length; at += embedder.maxBatch)
    await embedder.embed(texts.slice(at, at + embedder.maxBatch), 'passage', never)
  const seconds = (performance.now() - from) / 1000
  const { user, system } = process.cpuUsage(before)
  delay.disable()
  const cpuMs = (user + system) / 1000 / TEXTS
  process.stdout.write(
    `${name}: loaded in ${Math.round(loadedMs)} ms, ${Math.round(TEXTS / seconds)} texts/s, ${cpuMs.toFixed(2)} ms of CPU a text, ` +
      `main thread stopped for at most ${Math.round(delay.max / 1e6)} ms\n`,
  )
  await closeEmbedder(embedder)
}

try {
  writeStaticModel(
    join(folder, 'static'),
    Array.from({ length: WORDS }, (_, at) => [
      `واژه${at.toString(36)}`,
      Array.from({ length: DIMENSIONS }, (_, place) => Math.sin(at * 13 + place)),
    ]),
  )
  mkdirSync(join(folder, 'models'), { recursive: true })
  installFakeLibrary(join(folder, 'models'))
  await measure('static, 256 dimensions', {
    EMBEDDING_PROVIDER: 'static',
    EMBEDDING_STATIC_PATH: join(folder, 'static'),
  })
  await measure('around a local model', { EMBEDDING_PROVIDER: 'local' })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
