import type { EmbeddingConfig } from '../../platform/config.ts'
import type { Embedder, EmbeddingProfile } from './embedder.ts'
import { createOfflineEmbedder } from './offline-embedder.ts'
import { createOpenAiEmbedder } from './openai-embedder.ts'

/** Creates the embedder of the settings. */
export function createConfiguredEmbedder(config: EmbeddingConfig): Embedder {
  if (config.provider === 'offline') return createOfflineEmbedder(config.dimensions)
  return createOpenAiEmbedder({
    baseUrl: config.baseUrl,
    apiKey: config.apiKey,
    model: config.model,
    dimensions: config.dimensions,
    // Only models that can shorten their vectors accept the parameter; others answer 400.
    sendDimensions: /^text-embedding-3-/.test(config.model),
    encodingFormat: config.encodingFormat,
    timeoutMs: config.timeoutMs,
    maxBatch: config.batchSize,
    queryPrefix: config.queryPrefix,
    passagePrefix: config.passagePrefix,
  })
}

/**
 * The embedder of a stored profile, for search: that of the settings, or that of the active profile while another one is being
 * built (the API key of the settings is sent only to its own address).
 */
export function embedderOf(profile: EmbeddingProfile, config: EmbeddingConfig): Embedder {
  if (profile.provider === 'offline') return createOfflineEmbedder(profile.dimensions)
  const isSameServer = profile.url === config.baseUrl
  return createConfiguredEmbedder({
    ...config,
    provider: 'openai',
    baseUrl: profile.url,
    apiKey: isSameServer ? config.apiKey : '',
    model: profile.model,
    dimensions: profile.dimensions,
    queryPrefix: profile.queryPrefix,
    passagePrefix: profile.passagePrefix,
  })
}
