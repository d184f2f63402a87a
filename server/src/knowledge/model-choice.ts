import { Type } from 'typebox'
import { DEFAULT_MODELS, type EmbeddingConfig, OPENAI_ADDRESS } from '../platform/config.ts'
import { invalidInput, Problem } from '../platform/errors.ts'
import { oneOf } from '../platform/http/contract.ts'
import { localized } from '../platform/http/validation.ts'
import { localProfile, staticProfile } from './provider/configured-embedder.ts'
import type { EmbeddingProfile } from './provider/embedder.ts'
import { knownModel, PUBLISHED_PRICES } from './provider/known-models.ts'
import { findLocalLibrary, installCommand, LOCAL_LIBRARY } from './provider/local-model.ts'
import { createOfflineEmbedder } from './provider/offline-embedder.ts'
import { identifyStaticModel } from './provider/static-model.ts'

export const PROVIDERS = ['openai', 'local', 'static', 'offline'] as const
export type Provider = (typeof PROVIDERS)[number]

/** The fields of a choice. Addresses and keys are settings of the server and cannot be chosen. */
export const ModelChoice = {
  provider: Type.Optional(
    oneOf(PROVIDERS, localized('one of openai, local, static, offline', 'یکی از openai، local، static یا offline')),
  ),
  model: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, ...localized('the name of a model', 'نام یک مدل') }),
  ),
  dimensions: Type.Optional(
    Type.Integer({
      minimum: 8,
      maximum: 16_000,
      ...localized('a whole number from 8 to 16000', 'عددی صحیح از ۸ تا ۱۶۰۰۰'),
    }),
  ),
  query_prefix: Type.Optional(
    Type.String({ maxLength: 100, ...localized('a text of at most 100 characters', 'متنی با حداکثر ۱۰۰ نویسه') }),
  ),
  passage_prefix: Type.Optional(
    Type.String({ maxLength: 100, ...localized('a text of at most 100 characters', 'متنی با حداکثر ۱۰۰ نویسه') }),
  ),
}

export interface Choice {
  provider?: Provider
  model?: string
  dimensions?: number
  query_prefix?: string
  passage_prefix?: string
}

export interface ProviderOption {
  provider: Provider
  isAvailable: boolean
  /** The setting or the command that is missing. */
  reason: { en: string; fa: string } | null
  models: string[]
}

/** The providers, and whether the settings of this server allow them. */
export function providerOptions(config: EmbeddingConfig): ProviderOption[] {
  return PROVIDERS.map((provider) => {
    const reason = missingFor(provider, config)
    return { provider, isAvailable: reason === null, reason, models: reason === null ? modelsOf(provider, config) : [] }
  })
}

function missingFor(provider: Provider, config: EmbeddingConfig): ProviderOption['reason'] {
  if (provider === 'openai' && !config.apiKey && config.baseUrl === OPENAI_ADDRESS)
    return {
      en: 'Enter OPENAI_API_KEY, or OPENAI_BASE_URL of a server that needs no key, in the settings of the server.',
      fa: 'OPENAI_API_KEY یا OPENAI_BASE_URL سروری بدون کلید را در تنظیمات سرور وارد کنید.',
    }
  if (provider === 'local' && findLocalLibrary(config.modelFolder) === null) {
    const command = installCommand(config.modelFolder)
    return {
      en: `Install the library ${LOCAL_LIBRARY}: ${command}`,
      fa: `کتابخانهٔ ${LOCAL_LIBRARY} را با این دستور نصب کنید: ${command}`,
    }
  }
  if (provider === 'static') {
    if (config.staticFolder === null)
      return {
        en: 'Set EMBEDDING_STATIC_PATH to the folder of a static model, and restart the server.',
        fa: 'EMBEDDING_STATIC_PATH را به پوشهٔ یک مدل ایستا تنظیم و سرور را دوباره راه‌اندازی کنید.',
      }
    try {
      identifyStaticModel(config.staticFolder)
    } catch (error) {
      const { message } = error as Error
      return { en: `EMBEDDING_STATIC_PATH: ${message}`, fa: `EMBEDDING_STATIC_PATH: ${message}` }
    }
  }
  return null
}

function modelsOf(provider: Provider, config: EmbeddingConfig): string[] {
  const configured = config.provider === provider && config.model !== '' ? [config.model] : []
  if (provider === 'openai') {
    const host = URL.parse(config.baseUrl)?.hostname
    return [
      ...new Set([...configured, ...PUBLISHED_PRICES.filter((entry) => entry.host === host).map(({ model }) => model)]),
    ]
  }
  if (provider === 'local') return [...new Set([...configured, DEFAULT_MODELS.local])]
  if (provider === 'static') return [identifyStaticModel(config.staticFolder ?? '').model]
  return [createOfflineEmbedder().profile.model]
}

/** The profile of a choice. @throws {Problem} 409 when the settings do not allow it, 400 for a model of unknown size */
export function wantedProfile(choice: Choice, config: EmbeddingConfig): EmbeddingProfile {
  const provider = choice.provider ?? config.provider
  const reason = missingFor(provider, config)
  if (reason !== null) throw new Problem(409, 'model_not_available', reason)
  if (provider === 'offline') return createOfflineEmbedder(choice.dimensions).profile
  if (provider === 'static') return staticProfile(identifyStaticModel(config.staticFolder ?? ''))
  const isOfSettings = config.provider === provider && (choice.model === undefined || choice.model === config.model)
  const own = isOfSettings ? config : { dimensions: null, queryPrefix: null, passagePrefix: null }
  const given = {
    dimensions: choice.dimensions ?? own.dimensions,
    queryPrefix: choice.query_prefix ?? own.queryPrefix,
    passagePrefix: choice.passage_prefix ?? own.passagePrefix,
  }
  const model = choice.model ?? (isOfSettings ? config.model : DEFAULT_MODELS[provider])
  if (provider === 'local') return localProfile(model, given)
  const known = knownModel(model)
  const dimensions = given.dimensions ?? known.dimensions
  if (dimensions === undefined)
    throw invalidInput([
      {
        path: 'dimensions',
        detail: {
          en: 'is needed, because the size of this model’s vectors is unknown',
          fa: 'لازم است، چون اندازهٔ بردارهای این مدل مشخص نیست',
        },
      },
    ])
  return {
    provider,
    url: config.baseUrl,
    model,
    dimensions,
    queryPrefix: given.queryPrefix ?? known.queryPrefix ?? '',
    passagePrefix: given.passagePrefix ?? known.passagePrefix ?? '',
  }
}
