import type { EmbeddingConfig } from '../platform/config.ts'
import type { Embedder } from './embedder.ts'
import { createOfflineEmbedder } from './offline-embedder.ts'
import { createOpenAiEmbedder } from './openai-embedder.ts'

/** The embedder that the settings ask for. */
export function createConfiguredEmbedder(config: EmbeddingConfig): Embedder {
  if (config.provider === 'offline') return createOfflineEmbedder(config.dimensions)
  return createOpenAiEmbedder({
    baseUrl: config.baseUrl,
    apiKey: config.apiKey,
    model: config.model,
    dimensions: config.dimensions,
    // Only the models that can shorten their vectors take the parameter; others answer 400 to it.
    sendDimensions: /^text-embedding-3-/.test(config.model),
    encodingFormat: config.encodingFormat,
    timeoutMs: config.timeoutMs,
    maxBatch: config.batchSize,
    queryPrefix: config.queryPrefix,
    passagePrefix: config.passagePrefix,
  })
}
