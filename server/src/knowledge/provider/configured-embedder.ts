import { ConfigError, type EmbeddingConfig } from '../../platform/config.ts'
import { type Embedder, type EmbeddingProfile, ProviderUnavailable } from './embedder.ts'
import { knownModel } from './known-models.ts'
import { createOfflineEmbedder } from './offline-embedder.ts'
import { createOpenAiEmbedder } from './openai-embedder.ts'
import { identifyStaticModel, type StaticModelIdentity } from './static-model.ts'
import { createThreadEmbedder, type ModelLoading, type ThreadEmbedder } from './thread-embedder.ts'

/**
 * Texts per call of a model in this process. The stage sends four calls at a time under a lease of 25 s: 64 texts at 5 texts/s take
 * 13 s.
 */
const LOCAL_BATCH = 16
const LOCAL_STEP = 4
const STATIC_BATCH = 128
const STATIC_STEP = 32

const DEFAULT_OFFLINE_DIMENSIONS = 384

/** The profile of the settings. @throws {ConfigError} for a static model that cannot be read */
export function configuredProfile(config: EmbeddingConfig): EmbeddingProfile {
  const { provider, dimensions, queryPrefix, passagePrefix } = config
  if (provider === 'offline') return createOfflineEmbedder(dimensions ?? DEFAULT_OFFLINE_DIMENSIONS).profile
  if (provider === 'static') return staticProfile(identify(config))
  if (provider === 'local') return localProfile(config.model, { dimensions, queryPrefix, passagePrefix })
  return {
    provider,
    url: config.baseUrl,
    model: config.model,
    dimensions: dimensions ?? 1536,
    queryPrefix: queryPrefix ?? '',
    passagePrefix: passagePrefix ?? '',
  }
}

function identify({ staticFolder }: EmbeddingConfig): StaticModelIdentity {
  try {
    return identifyStaticModel(staticFolder ?? '')
  } catch (error) {
    throw new ConfigError(`EMBEDDING_STATIC_PATH: ${(error as Error).message}`)
  }
}

/** The profile of a static model; such a model has no prefixes. */
export function staticProfile({ model, dimensions }: StaticModelIdentity): EmbeddingProfile {
  return { provider: 'static', url: '', model, dimensions, queryPrefix: '', passagePrefix: '' }
}

/** The profile of a local model: dimensions and prefixes that are null come from the list of known models. */
export function localProfile(
  model: string,
  given: { dimensions: number | null; queryPrefix: string | null; passagePrefix: string | null },
): EmbeddingProfile {
  const known = knownModel(model)
  return {
    provider: 'local',
    url: '',
    model,
    dimensions: given.dimensions ?? known.dimensions ?? 384,
    queryPrefix: given.queryPrefix ?? known.queryPrefix ?? '',
    passagePrefix: given.passagePrefix ?? known.passagePrefix ?? '',
  }
}

/**
 * The embedder of a profile with the keys and folders of the settings. The API key is sent only to its own address. A profile that
 * the settings cannot serve gets an embedder that rejects with `ProviderUnavailable`, so that search continues by words.
 */
export function embedderOf(
  profile: EmbeddingProfile,
  config: EmbeddingConfig,
  onProgress: (loading: ModelLoading) => void = () => {},
): Embedder | ThreadEmbedder {
  if (profile.provider === 'offline') return createOfflineEmbedder(profile.dimensions)
  if (profile.provider === 'local') {
    const { modelFolder: folder, isOffline } = config
    const { model, dimensions } = profile
    return createThreadEmbedder({
      profile,
      thread: { kind: 'local', options: { model, dimensions, folder, isOffline } },
      maxBatch: LOCAL_BATCH,
      stepTexts: LOCAL_STEP,
      onProgress,
    })
  }
  if (profile.provider === 'static') {
    const folder = staticFolderOf(profile, config)
    if (folder === null)
      return unusable(profile, 'EMBEDDING_STATIC_PATH does not name the folder of this static model.')
    return createThreadEmbedder({
      profile,
      thread: { kind: 'static', folder },
      maxBatch: STATIC_BATCH,
      stepTexts: STATIC_STEP,
      onProgress,
    })
  }
  return createOpenAiEmbedder({
    baseUrl: profile.url,
    apiKey: () => keyFor(profile.url, config),
    model: profile.model,
    dimensions: profile.dimensions,
    // Only models that can shorten their vectors accept the parameter; others answer 400.
    sendDimensions: /^text-embedding-3-/.test(profile.model),
    encodingFormat: config.encodingFormat,
    timeoutMs: config.timeoutMs,
    maxBatch: config.batchSize,
    queryPrefix: profile.queryPrefix,
    passagePrefix: profile.passagePrefix,
  })
}

/** The key of an address: that of the settings in use, or that of the environment while another address is chosen. */
function keyFor(url: string, { baseUrl, apiKey, replaced }: EmbeddingConfig): string {
  if (url === baseUrl) return apiKey
  return url === replaced?.baseUrl ? replaced.apiKey : ''
}

/** The folder of the settings if it holds this static model, otherwise null. */
function staticFolderOf(profile: EmbeddingProfile, { staticFolder }: EmbeddingConfig): string | null {
  if (staticFolder === null) return null
  try {
    return identifyStaticModel(staticFolder).model === profile.model ? staticFolder : null
  } catch {
    return null
  }
}

function unusable(profile: EmbeddingProfile, reason: string): Embedder {
  return {
    profile,
    maxBatch: 1,
    embed: async () => {
      throw new ProviderUnavailable(reason)
    },
  }
}

/** Ends the thread of an embedder that has one. */
export async function closeEmbedder(embedder: Embedder | ThreadEmbedder): Promise<void> {
  if ('close' in embedder) await embedder.close()
}
