/** All parameters that determine the vector of a text. Vectors of different profiles are never compared. */
export type EmbeddingProfile = {
  provider: 'offline' | 'openai' | 'local' | 'static'
  url: string
  model: string
  dimensions: number
  /** Prefixes that the model expects before a query and before a stored text, such as "query: "; usually empty. */
  queryPrefix: string
  passagePrefix: string
}

/** The provider's result for some texts. */
export interface Embeddings {
  /** One vector of `profile.dimensions` finite numbers per text, in order. */
  vectors: Float32Array[]
  /** Tokens that the provider counted for all texts; null without a plausible count. */
  tokens: number | null
}

/** Converts texts to vectors. */
export interface Embedder {
  profile: EmbeddingProfile
  /** Maximum texts per call. */
  maxBatch: number
  /** Returns a vector per text. Rejects with `ProviderUnavailable`, `InputRefused`, or the reason of the aborted signal. */
  embed(texts: string[], purpose: 'passage' | 'query', signal: AbortSignal): Promise<Embeddings>
}

/**
 * The provider returned no vectors, for a reason other than the texts: it is down, slow, overloaded or misconfigured, or its answer
 * is invalid. Retry the work later, after `retryAfterMs` if the provider named a time.
 */
export class ProviderUnavailable extends Error {
  override name = 'ProviderUnavailable'
  retryAfterMs: number | null
  /** The provider's own words, at most 300 characters; null: it said nothing. */
  said: string | null

  constructor(sentence: string, retryAfterMs: number | null = null, said = '') {
    super(sentence)
    this.retryAfterMs = retryAfterMs
    this.said = said.trim().slice(0, 300).toWellFormed() || null
  }
}

/**
 * The provider refuses this input: halve the batch; a single text becomes a dead letter. The message is the provider's, truncated
 * to 300 characters.
 */
export class InputRefused extends Error {
  override name = 'InputRefused'

  constructor(providerMessage: string) {
    super(providerMessage.trim().slice(0, 300).toWellFormed())
  }
}
