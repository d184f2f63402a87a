import { type Static, Type } from 'typebox'
import { type ModelInUse, sameProfile } from '../knowledge/model-in-use.ts'
import type { BackupsConfig, Config } from '../platform/config.ts'
import { component, nullable } from '../platform/http/contract.ts'

/** A setting of the running server. For a secret only its presence is shown. */
export const Setting = component(
  'Setting',
  Type.Object({
    name: Type.String({ description: 'the environment variable' }),
    value: Type.Unsafe<string | number | boolean | null>({
      type: ['string', 'number', 'boolean', 'null'],
      description: 'for a secret only whether it is set',
    }),
    is_secret: Type.Boolean(),
    overridden_by: nullable(
      Type.String({ description: 'the model that was chosen in the dashboard and takes the place of this setting' }),
    ),
  }),
)
export type Setting = Static<typeof Setting>

/** The settings that a choice in the dashboard replaces. */
const OVERRIDDEN = new Set([
  'EMBEDDING_PROVIDER',
  'EMBEDDING_MODEL',
  'EMBEDDING_DIMENSIONS',
  'EMBEDDING_QUERY_PREFIX',
  'EMBEDDING_PASSAGE_PREFIX',
])

/** The settings of the running server, the most requested first. Each change needs a restart. */
export function settingsOf(config: Config, model: Pick<ModelInUse, 'current' | 'configured'>): Setting[] {
  const { embedding } = config
  const inUse = model.current().embedder.profile
  const chosen = sameProfile(inUse, model.configured) ? null : `${inUse.provider} ${inUse.model}`
  const told = (name: string, value: Setting['value']): Setting => ({
    name,
    value,
    is_secret: false,
    overridden_by: OVERRIDDEN.has(name) ? chosen : null,
  })
  const kept = (name: string, secret: string | null): Setting => ({
    name,
    value: Boolean(secret),
    is_secret: true,
    overridden_by: null,
  })
  return [
    told('EVENT_RETENTION_DAYS', config.eventRetentionDays),
    told('RETRY_LIMIT', config.retryLimit),
    told('RETRY_DELAY_SECONDS', config.retryDelayMs / 1000),
    told('EMBEDDING_PROVIDER', embedding.provider),
    told('OPENAI_BASE_URL', embedding.provider === 'openai' ? withoutPassword(embedding.baseUrl) : null),
    kept('OPENAI_API_KEY', embedding.apiKey),
    told('EMBEDDING_MODEL', embedding.model || null),
    told('EMBEDDING_DIMENSIONS', embedding.dimensions ?? model.configured.dimensions),
    told('EMBEDDING_QUERY_PREFIX', embedding.queryPrefix),
    told('EMBEDDING_PASSAGE_PREFIX', embedding.passagePrefix),
    told('EMBEDDING_STATIC_PATH', embedding.staticFolder),
    told('EMBEDDING_OFFLINE', embedding.isOffline),
    told('EMBEDDING_PRICE_PER_MILLION_TOKENS', embedding.pricePerMillionTokens),
    told('EMBEDDING_BATCH_SIZE', embedding.batchSize),
    told('EMBEDDING_TIMEOUT_SECONDS', embedding.timeoutMs / 1000),
    told('QUERY_EMBEDDING_TIMEOUT_MS', embedding.queryTimeoutMs),
    told('PUBLIC_URL', config.publicUrl),
    told('TRUSTED_PROXIES', config.trustedProxies.join(',') || null),
    told('RATE_LIMIT_PER_SECOND', config.rateLimitPerSecond),
    told('RATE_LIMIT_BURST', config.rateLimitBurst),
    told('FAILED_AUTH_PER_MINUTE', config.failedAuthPerMinute),
    kept('TOROB_WEBHOOK_TOKENS', [...config.torob.webhookTokens.values()].join('')),
    told('TOROB_WEBHOOK_URL', config.torob.webhookUrl),
    told('TOROB_PUBLIC_KEY', config.torob.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')),
    told('FRESHNESS_CHECKS', config.freshness.isOn ? 'on' : 'off'),
    told('FRESHNESS_SAMPLE_SIZE', config.freshness.sampleSize),
    told('FRESHNESS_SECOND_LOOK_SECONDS', config.freshness.lookIntervalS),
    told('FRESHNESS_PRIVATE_ADDRESSES', config.freshness.allowPrivate ? 'on' : 'off'),
    told('ALERTS', config.alerts.isOn),
    told('ALERT_DRIFT_PERCENT', config.alerts.driftPercent),
    told('ALERT_LOCAL_HOSTS', config.alerts.allowsLocalHosts),
    kept('SMTP_URL', config.alerts.smtp && 'set'),
    told('ALERT_FROM', config.alerts.smtp?.from ?? null),
    told('TELEGRAM_API_URL', config.alerts.telegramUrl),
    told('BALE_API_URL', config.alerts.baleUrl),
    ...backupSettings(config.backups, told, kept),
    told('ROLE', config.role),
    kept('DATABASE_URL', config.databaseUrl),
    told('DATABASE_POOL_SIZE', config.databasePoolSize),
    told('EMBEDDED_FSYNC', config.embeddedFsync),
    kept('ADMIN_API_KEY', config.adminApiKey),
    kept('SESSION_SECRET', config.sessionSecret),
    told('LOG_LEVEL', config.logLevel),
  ]
}

function backupSettings(
  { destination, schedule, keep }: BackupsConfig,
  told: (name: string, value: Setting['value']) => Setting,
  kept: (name: string, secret: string | null) => Setting,
): Setting[] {
  const s3 = destination?.kind === 's3' ? destination : null
  const time = (part: number) => String(part).padStart(2, '0')
  return [
    told(
      'BACKUP_SCHEDULE',
      schedule ? `${time(schedule.hour)}:${time(schedule.minute)} ${schedule.timeZone}` : destination && 'off',
    ),
    told('BACKUP_KEEP', keep),
    told('BACKUP_FOLDER', destination?.kind === 'folder' ? destination.folder : null),
    told('BACKUP_S3_ENDPOINT', s3?.endpoint ?? null),
    told('BACKUP_S3_REGION', s3?.region ?? null),
    told('BACKUP_S3_BUCKET', s3?.bucket ?? null),
    told('BACKUP_S3_PREFIX', s3?.prefix || null),
    told('BACKUP_S3_PATH_STYLE', s3 && (s3.isPathStyle ? 'on' : 'off')),
    kept('BACKUP_S3_ACCESS_KEY_ID', s3?.keyId ?? null),
    kept('BACKUP_S3_SECRET_ACCESS_KEY', s3?.secret ?? null),
  ]
}

/** Removes a user name and password from a URL. */
function withoutPassword(address: string): string {
  const url = URL.parse(address)
  if (!url) return ''
  url.username = ''
  url.password = ''
  url.search = ''
  return url.href.replace(/\/$/, '')
}
