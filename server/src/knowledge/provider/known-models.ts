import knownModels from './known-models.json' with { type: 'json' }

/** Known facts about a model. Each may be missing; a missing price is unknown, never 0. */
export interface KnownModel {
  dimensions?: number
  queryPrefix?: string
  passagePrefix?: string
}

/** When and where the published prices were read. */
export const PRICES_READ = { date: knownModels.prices_read_on, source: knownModels.prices_source }

interface Published {
  host: string
  model: string
  usdPerMillionTokens: string
}

/** Published prices: they hold for the provider's own address only. */
export const PUBLISHED_PRICES: Published[] = knownModels.prices.map(
  ({ host, model, usd_per_million_tokens: price }) => ({
    host,
    model,
    usdPerMillionTokens: price,
  }),
)

/**
 * Dimensions and prefixes of a model, by its name without the owner and a tag (`intfloat/multilingual-e5-small`, `bge-m3:latest`).
 * An empty object for an unknown model.
 */
export function knownModel(name: string): KnownModel {
  const short = (name.split('/').at(-1) ?? '').replace(/:[\w.-]+$/, '').toLowerCase()
  const found = knownModels.models.find(({ names }) => names.includes(short))
  if (!found) return {}
  const { dimensions, query_prefix: queryPrefix = '', passage_prefix: passagePrefix = '' } = found
  return { dimensions, queryPrefix, passagePrefix }
}
