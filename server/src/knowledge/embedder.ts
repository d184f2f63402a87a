/** Everything that decides which vector a text gets: vectors of different profiles are never compared. */
export type EmbeddingProfile = {
  provider: 'offline' | 'openai'
  url: string
  model: string
  dimensions: number
  /** What the model wants before a query and before a stored text, such as "query: "; mostly empty. */
  queryPrefix: string
  passagePrefix: string
}

/** What a provider made of some texts. */
export interface Embeddings {
  /** One of `profile.dimensions` finite numbers for each text, in order. */
  vectors: Float32Array[]
  /** What the provider counted for all of them together; null where it told nothing that can be believed. */
  tokens: number | null
}

/** Turns texts into vectors. */
export interface Embedder {
  profile: EmbeddingProfile
  /** The most texts one call may carry. */
  maxBatch: number
  /**
   * A vector for each text. Rejects with `ProviderUnavailable`, `InputRefused`, or the signal's reason once that is aborted.
   */
  embed(texts: string[], purpose: 'passage' | 'query', signal: AbortSignal): Promise<Embeddings>
}

/**
 * No vectors now, and the texts are not to blame: the provider is down, slow, overloaded, misconfigured or talks nonsense.
 * Park the work, for `retryAfterMs` if the provider named a time.
 */
export class ProviderUnavailable extends Error {
  override name = 'ProviderUnavailable'
  retryAfterMs: number | null

  constructor(sentence: string, retryAfterMs: number | null = null) {
    super(sentence)
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * The provider will not embed this input: halve the batch, and give up a single text for good. The message is the provider's
 * own, at most 300 characters.
 */
export class InputRefused extends Error {
  override name = 'InputRefused'

  constructor(providerMessage: string) {
    super(providerMessage.trim().slice(0, 300).toWellFormed())
  }
}
