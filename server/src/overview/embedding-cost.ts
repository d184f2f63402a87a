import { type Static, Type } from 'typebox'
import { costOf } from '../knowledge/cost/money.ts'
import { component, decimal, nullable } from '../platform/http/contract.ts'

export const EmbeddingUsage = component(
  'EmbeddingUsage',
  Type.Object(
    {
      requests: Type.Integer(),
      inputs: Type.Integer({ description: 'texts that the provider embedded' }),
      avoided: Type.Integer({ description: 'texts of applied events that did not have to be sent' }),
      queries: Type.Integer(),
      tokens: Type.Integer({ description: 'as counted by the provider, for texts and queries; 0 without counts' }),
      cost_usd: nullable(decimal('US dollars at the configured price; null without a price or without token counts')),
      avoided_cost_usd: nullable(
        decimal('estimated cost of the avoided texts, at the mean number of tokens per text so far'),
      ),
    },
    { description: 'Usage of the embedding provider since the beginning, of one tenant or of all.' },
  ),
)
export type EmbeddingUsage = Static<typeof EmbeddingUsage>

/** Adds the costs to the counts. `price` is US dollars per million tokens, as decimal text; null: not configured. */
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
