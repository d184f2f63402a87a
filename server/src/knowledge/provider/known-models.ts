/** Known facts about a model. Each may be missing; a missing price is unknown, never 0. */
export interface KnownModel {
  dimensions?: number
  queryPrefix?: string
  passagePrefix?: string
}

/** When and where the published prices were read. */
export const PRICES_READ = { date: '2026-07-03', source: 'https://developers.openai.com/api/docs/pricing' }

interface Published {
  host: string
  model: string
  usdPerMillionTokens: string
}

/** Published prices: they hold for the provider's own address only. */
export const PUBLISHED_PRICES: Published[] = [
  { host: 'api.openai.com', model: 'text-embedding-3-small', usdPerMillionTokens: '0.02' },
  { host: 'api.openai.com', model: 'text-embedding-3-large', usdPerMillionTokens: '0.13' },
  { host: 'api.openai.com', model: 'text-embedding-ada-002', usdPerMillionTokens: '0.10' },
]

const MODELS: (KnownModel & { names: string[] })[] = [
  { names: ['text-embedding-3-small', 'text-embedding-ada-002'], dimensions: 1536 },
  { names: ['text-embedding-3-large'], dimensions: 3072 },
  { names: ['multilingual-e5-small'], dimensions: 384, queryPrefix: 'query: ', passagePrefix: 'passage: ' },
  { names: ['multilingual-e5-base'], dimensions: 768, queryPrefix: 'query: ', passagePrefix: 'passage: ' },
  { names: ['multilingual-e5-large'], dimensions: 1024, queryPrefix: 'query: ', passagePrefix: 'passage: ' },
  { names: ['bge-m3'], dimensions: 1024 },
  { names: ['paraphrase-multilingual-minilm-l12-v2'], dimensions: 384 },
  { names: ['paraphrase-multilingual-mpnet-base-v2'], dimensions: 768 },
  {
    names: ['nomic-embed-text', 'nomic-embed-text-v1.5', 'nomic-embed-text-v2-moe'],
    dimensions: 768,
    queryPrefix: 'search_query: ',
    passagePrefix: 'search_document: ',
  },
]

/**
 * Dimensions and prefixes of a model, by its name without the owner and a tag (`intfloat/multilingual-e5-small`, `bge-m3:latest`).
 * An empty object for an unknown model.
 */
export function knownModel(name: string): KnownModel {
  const short = (name.split('/').at(-1) ?? '').replace(/:[\w.-]+$/, '').toLowerCase()
  return MODELS.find(({ names }) => names.includes(short)) ?? {}
}
