import type { KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import { readBackups } from './backup-settings.ts'
import { CHANGEABLE_NAMES, type SettingTexts } from './changeable-settings.ts'
import {
  addresses,
  bounded,
  ConfigError,
  decimal,
  integer,
  oneOf,
  onOff,
  optional,
  text,
  usdPrice,
  webAddress,
} from './environment.ts'
import { readSmtp } from './mail-settings.ts'
import { readTorob } from './torob-settings.ts'

export { ConfigError } from './environment.ts'

/** All settings of the server. `docs/configuration.md` explains each; no other file reads the environment. */
export interface Config {
  host: string
  port: number
  dataDir: string
  /** null: the embedded database in `dataDir`. */
  databaseUrl: string | null
  /** A streaming replica for searches; null: the database itself answers them. */
  readReplica: ReadReplicaConfig | null
  role: 'all' | 'api' | 'worker'
  adminEmail: string
  /** null: generated at the first start. */
  adminPassword: string | null
  /** Public address of the server, without a trailing slash. */
  publicUrl: string | null
  /** Signs session cookies; null: generated once and stored in `dataDir`. */
  sessionSecret: string | null
  /** null: the event log is never pruned. */
  eventRetentionDays: number | null
  /** null: access with the key is disabled. */
  adminApiKey: string | null
  embedding: EmbeddingConfig
  retryLimit: number
  retryDelayMs: number
  embeddedFsync: boolean
  databasePoolSize: number
  trustedProxies: string[]
  /** Rate limit of a token, a signed-in user, or an IP address without either: burst size and requests per second. */
  rateLimitPerSecond: number
  rateLimitBurst: number
  /** Limit of wrong tokens and passwords per IP address, and of wrong passwords per account. */
  failedAuthPerMinute: number
  /** True: shops and webhooks may be on this machine and in private networks, and webhooks may use http. */
  allowsPrivateAddresses: boolean
  torob: TorobConfig
  freshness: FreshnessConfig
  alerts: AlertsConfig
  updateCheck: UpdateCheckConfig
  /** False: settings that were chosen in the dashboard are ignored. */
  usesDashboardSettings: boolean
  /** The texts of the changeable settings as the environment gives them. Contains secrets. */
  given: SettingTexts
  backups: BackupsConfig
  logLevel: string
}

export interface UpdateCheckConfig {
  /** False: no request for a newer version leaves the server. */
  isOn: boolean
  /** Answers as GitHub's API does for the latest release; null: the one of the repository that package.json names. */
  url: string | null
}

/** The settings that an admin can change while the server runs. */
export interface ChangeableConfig
  extends Pick<
    Config,
    'eventRetentionDays' | 'rateLimitPerSecond' | 'rateLimitBurst' | 'failedAuthPerMinute' | 'updateCheck'
  > {
  freshness: Pick<FreshnessConfig, 'isOn' | 'sampleSize'>
  alerts: Pick<AlertsConfig, 'isOn' | 'driftPercent' | 'smtp'>
  embedding: Pick<EmbeddingConfig, 'baseUrl' | 'apiKey'>
}

export interface BackupsConfig {
  /** null: no backup is kept. */
  destination: BackupDestination | null
  /** null: backups are taken on request only. */
  schedule: BackupSchedule | null
  /** Number of verified backups that are kept. */
  keep: number
}

export type BackupDestination = { kind: 'folder'; folder: string } | S3Destination

export interface S3Destination {
  kind: 's3'
  /** Address of the store without the bucket and without a trailing slash. */
  endpoint: string
  region: string
  bucket: string
  /** Begin of the keys: empty, or with a trailing slash. */
  prefix: string
  keyId: string
  secret: string
  /** True: endpoint/bucket/key. False: bucket.endpoint/key. */
  isPathStyle: boolean
}

/** Once a day at this time. */
export interface BackupSchedule {
  hour: number
  minute: number
  /** IANA name, such as Asia/Tehran. */
  timeZone: string
}

export interface AlertsConfig {
  /** False: this process opens no alert and sends no message. */
  isOn: boolean
  /** Repaired part of a shop's products, in percent, from which drift is an alert. */
  driftPercent: number
  /** null: no e-mail is sent. */
  smtp: SmtpConfig | null
  /** Addresses of the Bot APIs, without a trailing slash. */
  telegramUrl: string
  baleUrl: string
}

export interface SmtpConfig {
  host: string
  port: number
  /** True: TLS from the first byte (smtps). False: STARTTLS, which is required with a password. */
  isImplicitTls: boolean
  user: string | null
  password: string | null
  /** Sender of the messages. */
  from: string
}

export interface TorobConfig {
  /** Ed25519 key that verifies Torob's requests. */
  publicKey: KeyObject
  webhookUrl: string
  /** Bearer tokens from Torob by store id; changes of other stores are not announced. */
  webhookTokens: Map<number, string>
}

export interface FreshnessConfig {
  /** False: no shop is visited. */
  isOn: boolean
  /** Products of a store that are compared each hour. */
  sampleSize: number
  /** Time between two looks at a difference. */
  lookIntervalS: number
}

export interface EmbeddingConfig {
  provider: 'offline' | 'openai' | 'local' | 'static'
  /** Folder of downloaded models (`local`). */
  modelFolder: string
  /** True: `local` downloads nothing. */
  isOffline: boolean
  /** Folder of the static model; null: not configured. */
  staticFolder: string | null
  baseUrl: string
  apiKey: string
  /** Address and key of the environment while the dashboard has put others in their place. */
  replaced?: { baseUrl: string; apiKey: string }
  model: string
  /** null: as many as the model has. */
  dimensions: number | null
  encodingFormat: 'float' | 'base64'
  batchSize: number
  timeoutMs: number
  queryTimeoutMs: number
  /** null: as the model needs it. */
  queryPrefix: string | null
  passagePrefix: string | null
  /** US dollars as decimal text, for exact arithmetic; null: not configured. */
  pricePerMillionTokens: string | null
}

export interface ReadReplicaConfig {
  url: string
  /** Searches go to the database while the replica is further behind. */
  maxLagMs: number
}

function readReadReplica(env: SettingTexts, databaseUrl: string | null): ReadReplicaConfig | null {
  const url = text(env, 'DATABASE_READ_URL', '') || null
  const maxLagMs = integer(env, 'DATABASE_READ_MAX_LAG_SECONDS', 10, 1, 60) * 1000
  if (url === null) return null
  if (!/^postgres(ql)?:\/\//.test(url)) throw new ConfigError('DATABASE_READ_URL must begin with postgres://.')
  if (!databaseUrl) {
    throw new ConfigError(
      'DATABASE_READ_URL names a replica of PostgreSQL: it needs DATABASE_URL, the server that it follows.',
    )
  }
  return { url, maxLagMs }
}

/** Reads and validates all settings. @throws {ConfigError} at the first invalid setting */
export function readConfig(env: SettingTexts = process.env): Config {
  const databaseUrl = text(env, 'DATABASE_URL', '') || null
  if (databaseUrl && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new ConfigError('DATABASE_URL must begin with postgres:// (leave it unset for the embedded database).')
  }
  const readReplica = readReadReplica(env, databaseUrl)
  const role = oneOf(env, 'ROLE', ['all', 'api', 'worker'] as const, 'all')
  if (role !== 'all' && !databaseUrl) {
    throw new ConfigError(
      `ROLE=${role} needs DATABASE_URL: the embedded database works with one process and ROLE=all only.`,
    )
  }
  const adminApiKey = text(env, 'ADMIN_API_KEY', '') || null
  if (adminApiKey && adminApiKey.length < 16) {
    throw new ConfigError('ADMIN_API_KEY must have at least 16 characters; make one with: openssl rand -hex 24')
  }
  const adminEmail = text(env, 'ADMIN_EMAIL', 'admin@fiko.local')
  if (!/^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i.test(adminEmail))
    throw new ConfigError('ADMIN_EMAIL must be an e-mail address, such as you@example.com.')
  const adminPassword = env.ADMIN_PASSWORD || null
  if (adminPassword && (adminPassword.length < 10 || adminPassword.length > 200)) {
    throw new ConfigError('ADMIN_PASSWORD must have 10 to 200 characters.')
  }
  const publicUrl = text(env, 'PUBLIC_URL', '').replace(/\/+$/, '') || null
  if (publicUrl && !/^https?:\/\/[^\s/]+$/.test(publicUrl)) {
    throw new ConfigError('PUBLIC_URL must be an http(s) address without a path, such as https://sync.example.com.')
  }
  const sessionSecret = text(env, 'SESSION_SECRET', '') || null
  if (sessionSecret && sessionSecret.length < 32) {
    throw new ConfigError('SESSION_SECRET must have at least 32 characters; make one with: openssl rand -hex 32')
  }
  const given = givenTexts(env)
  const changeable = readChangeable(given)
  return {
    host: text(env, 'HOST', '127.0.0.1'),
    port: integer(env, 'PORT', 8787, 0, 65_535),
    dataDir: resolve(text(env, 'DATA_DIR', './data')),
    databaseUrl,
    readReplica,
    role,
    adminEmail,
    adminPassword,
    publicUrl,
    sessionSecret,
    eventRetentionDays: changeable.eventRetentionDays,
    adminApiKey,
    embedding: readEmbedding(env, changeable.embedding),
    retryLimit: integer(env, 'RETRY_LIMIT', 3, 0, 100),
    retryDelayMs: decimal(env, 'RETRY_DELAY_SECONDS', 30, 0, 86_400) * 1000,
    embeddedFsync: onOff(env, 'EMBEDDED_FSYNC', false),
    databasePoolSize: integer(env, 'DATABASE_POOL_SIZE', 12, 2, 500),
    trustedProxies: addresses(env, 'TRUSTED_PROXIES'),
    rateLimitPerSecond: changeable.rateLimitPerSecond,
    rateLimitBurst: changeable.rateLimitBurst,
    failedAuthPerMinute: changeable.failedAuthPerMinute,
    allowsPrivateAddresses: onOff(env, 'OUTGOING_PRIVATE_ADDRESSES', false),
    torob: readTorob(env),
    freshness: {
      ...changeable.freshness,
      lookIntervalS: integer(env, 'FRESHNESS_SECOND_LOOK_SECONDS', 300, 5, 3_600),
    },
    alerts: { ...changeable.alerts, ...readAlertAddresses(env) },
    updateCheck: changeable.updateCheck,
    usesDashboardSettings: onOff(env, 'DASHBOARD_SETTINGS', true),
    given,
    backups: readBackups(env),
    logLevel: oneOf(env, 'LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const, 'info'),
  }
}

/** The address without OPENAI_BASE_URL. It needs a key. */
export const OPENAI_ADDRESS = 'https://api.openai.com/v1'

/** Settings without a place in the dashboard from which changeable ones get their values. */
const SOURCES = ['SMTP_URL', 'UPDATE_CHECK_URL']

function givenTexts(env: SettingTexts): SettingTexts {
  const names = [...CHANGEABLE_NAMES, ...SOURCES]
  return Object.fromEntries(names.flatMap((name) => (env[name]?.trim() ? [[name, env[name].trim()]] : [])))
}

/** Reads the settings that an admin can change. @throws {ConfigError} at the first invalid setting */
export function readChangeable(env: SettingTexts): ChangeableConfig {
  const retention = bounded(env, 'EVENT_RETENTION_DAYS')
  return {
    eventRetentionDays: retention === 0 ? null : retention,
    rateLimitPerSecond: bounded(env, 'RATE_LIMIT_PER_SECOND'),
    rateLimitBurst: bounded(env, 'RATE_LIMIT_BURST'),
    failedAuthPerMinute: bounded(env, 'FAILED_AUTH_PER_MINUTE'),
    freshness: { isOn: onOff(env, 'FRESHNESS_CHECKS', true), sampleSize: bounded(env, 'FRESHNESS_SAMPLE_SIZE') },
    alerts: {
      isOn: onOff(env, 'ALERTS', true),
      driftPercent: bounded(env, 'ALERT_DRIFT_PERCENT'),
      smtp: readSmtp(env),
    },
    embedding: { baseUrl: providerAddress(env), apiKey: text(env, 'OPENAI_API_KEY', '') },
    updateCheck: readUpdateCheck(env),
  }
}

function providerAddress(env: SettingTexts): string {
  const baseUrl = text(env, 'OPENAI_BASE_URL', OPENAI_ADDRESS).replace(/\/+$/, '')
  if (!/^https?:\/\/[^\s]+$/.test(baseUrl) || URL.parse(baseUrl) === null) {
    throw new ConfigError(
      'OPENAI_BASE_URL must be an http(s) address that ends before /embeddings, such as http://127.0.0.1:11434/v1.',
      'OPENAI_BASE_URL باید نشانی http(s) باشد و پیش از ‎/embeddings‎ تمام شود، مانند http://127.0.0.1:11434/v1.',
    )
  }
  return baseUrl
}

function readUpdateCheck(env: SettingTexts): UpdateCheckConfig {
  const url = text(env, 'UPDATE_CHECK_URL', '') || null
  if (url !== null && !/^https?:\/\/[^\s]+$/.test(url))
    throw new ConfigError('UPDATE_CHECK_URL must be an http(s) address.')
  return { isOn: onOff(env, 'UPDATE_CHECK', false), url }
}

const PROVIDERS = ['offline', 'openai', 'local', 'static'] as const

/** The models of the providers when EMBEDDING_MODEL is not set. Offline and static models have names of their own. */
export const DEFAULT_MODELS = { openai: 'text-embedding-3-small', local: 'Xenova/multilingual-e5-small' }

function readEmbedding(env: SettingTexts, { baseUrl, apiKey }: ChangeableConfig['embedding']): EmbeddingConfig {
  const provider = oneOf(env, 'EMBEDDING_PROVIDER', PROVIDERS, apiKey ? 'openai' : 'offline')
  if (provider === 'openai' && !apiKey && baseUrl === OPENAI_ADDRESS) {
    throw new ConfigError(
      'EMBEDDING_PROVIDER=openai needs OPENAI_API_KEY (or OPENAI_BASE_URL of a server that needs no key).',
    )
  }
  const staticFolder = text(env, 'EMBEDDING_STATIC_PATH', '') || null
  if (provider === 'static' && staticFolder === null) {
    throw new ConfigError(
      'EMBEDDING_PROVIDER=static needs EMBEDDING_STATIC_PATH: a folder with tokenizer.json, model.safetensors and config.json.',
    )
  }
  const runsInProcess = provider === 'local' || provider === 'static'
  return {
    provider,
    modelFolder: resolve(text(env, 'DATA_DIR', './data'), 'models'),
    isOffline: onOff(env, 'EMBEDDING_OFFLINE', false),
    staticFolder: staticFolder && resolve(staticFolder),
    baseUrl,
    apiKey,
    model: provider === 'openai' || provider === 'local' ? text(env, 'EMBEDDING_MODEL', DEFAULT_MODELS[provider]) : '',
    // 16,000 is the widest vector the database extension stores.
    dimensions: runsInProcess
      ? optional(env, 'EMBEDDING_DIMENSIONS', () => integer(env, 'EMBEDDING_DIMENSIONS', 384, 8, 16_000))
      : integer(env, 'EMBEDDING_DIMENSIONS', provider === 'offline' ? 384 : 1536, 8, 16_000),
    encodingFormat: oneOf(env, 'EMBEDDING_ENCODING_FORMAT', ['float', 'base64'] as const, 'float'),
    // The OpenAI limit is 2,048 inputs; 128 texts of a few hundred tokens stay far below its 300,000 tokens a request.
    batchSize: integer(env, 'EMBEDDING_BATCH_SIZE', 128, 1, 2048),
    // Below the chunk lease of 25 s (embed-chunks.ts).
    timeoutMs: integer(env, 'EMBEDDING_TIMEOUT_SECONDS', 15, 1, 20) * 1000,
    queryTimeoutMs: integer(env, 'QUERY_EMBEDDING_TIMEOUT_MS', 500, 50, 10_000),
    queryPrefix: env.EMBEDDING_QUERY_PREFIX ?? (runsInProcess ? null : ''),
    passagePrefix: env.EMBEDDING_PASSAGE_PREFIX ?? (runsInProcess ? null : ''),
    pricePerMillionTokens: usdPrice(env, 'EMBEDDING_PRICE_PER_MILLION_TOKENS'),
  }
}

function readAlertAddresses(env: SettingTexts): Pick<AlertsConfig, 'telegramUrl' | 'baleUrl'> {
  return {
    telegramUrl: webAddress(env, 'TELEGRAM_API_URL', 'https://api.telegram.org'),
    baleUrl: webAddress(env, 'BALE_API_URL', 'https://tapi.bale.ai'),
  }
}
