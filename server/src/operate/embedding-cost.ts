/** What the provider was asked for since the beginning, of a tenant or of all. */
export interface EmbeddingUsage {
  requests: number
  /** Texts that the provider answered, and texts of applied events that need not be sent. */
  inputs: number
  avoided: number
  queries: number
  /** As the provider counted them, for texts and queries; 0 where it tells none. */
  tokens: number
  /** US dollars at today's price as decimal text; null when no price is set, or no tokens were told. */
  cost_usd: string | null
  /** An estimate: what `avoided` would have cost at the mean number of tokens that texts had so far. */
  avoided_cost_usd: string | null
}

const PER_MILLION_PLACES = 6

/** Adds the money to the counts. `price` is US dollars for a million tokens, as decimal text; null: nobody said. */
export function embeddingUsage(counted: Map<string, number>, price: string | null): EmbeddingUsage {
  const count = (counter: string) => counted.get(counter) ?? 0
  const tokens = count('embedding_tokens')
  const avoided = count('embeddings_avoided')
  const texts = count('texts_with_tokens')
  return {
    requests: count('embedding_requests'),
    inputs: count('embedding_inputs'),
    avoided,
    queries: count('query_embeddings'),
    tokens,
    cost_usd: price === null || tokens === 0 ? null : costOf(BigInt(tokens), 1n, price),
    avoided_cost_usd:
      price === null || texts === 0
        ? null
        : costOf(BigInt(avoided) * BigInt(count('text_tokens')), BigInt(texts), price),
  }
}

/** What `tokens / parts` tokens cost: exact for one part, else to the nearest last place that one part would have. */
function costOf(tokens: bigint, parts: bigint, price: string): string {
  const [whole = '', fraction = ''] = price.split('.')
  const places = fraction.length + PER_MILLION_PLACES
  const units = (2n * tokens * BigInt(whole + fraction) + parts) / (2n * parts)
  const digits = String(units).padStart(places + 1, '0')
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '')
}
