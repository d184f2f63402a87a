import type { EmbeddingConfig } from '../../platform/config.ts'
import { InputRefused, ProviderUnavailable } from './embedder.ts'
import { createOpenAiEmbedder } from './openai-embedder.ts'

/** The result of one test request to an embedding provider. */
export interface ProviderTest {
  /** Dimensions of the vector; null without one. */
  dimensions: number | null
  tokens: number | null
  durationMs: number
  /** Why there is no vector. */
  error: string | null
  /** The provider's own words about it, at most 300 characters, without the key. */
  said: string | null
}

/** Embeds one text with this model. Vectors of any size are accepted, so that the test tells the size of an unknown model. */
export async function testProvider(
  config: Pick<EmbeddingConfig, 'baseUrl' | 'apiKey' | 'encodingFormat' | 'timeoutMs'>,
  model: string,
): Promise<ProviderTest> {
  const embedder = createOpenAiEmbedder({
    baseUrl: config.baseUrl,
    apiKey: config.apiKey,
    model,
    dimensions: null,
    sendDimensions: false,
    encodingFormat: config.encodingFormat,
    timeoutMs: config.timeoutMs,
    maxBatch: 1,
    queryPrefix: '',
    passagePrefix: '',
  })
  const startedAt = performance.now()
  const durationMs = () => Math.round(performance.now() - startedAt)
  try {
    const { vectors, tokens } = await embedder.embed(['test'], 'query', AbortSignal.timeout(2 * config.timeoutMs))
    return { dimensions: vectors[0]?.length ?? null, tokens, durationMs: durationMs(), error: null, said: null }
  } catch (error) {
    const failed = { dimensions: null, tokens: null, durationMs: durationMs() }
    if (error instanceof InputRefused)
      return { ...failed, error: 'The embedding provider refused the text.', said: error.message }
    if (error instanceof ProviderUnavailable) return { ...failed, error: error.message, said: error.said }
    throw error
  }
}
