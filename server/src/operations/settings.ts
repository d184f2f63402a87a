import { type Static, Type } from 'typebox'
import { type ModelInUse, sameProfile } from '../knowledge/model-in-use.ts'
import {
  CHANGEABLE,
  CHANGEABLE_NAMES,
  type ChangeableName,
  type NumberSetting,
  SETTING_GROUPS,
  SETTING_KINDS,
  SETTING_UNITS,
} from '../platform/changeable-settings.ts'
import type { BackupsConfig } from '../platform/config.ts'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import type { Language } from '../platform/i18n.ts'
import { type SettingsInUse, valuesOf } from './settings/follow-settings.ts'

const Value = (description?: string) =>
  Type.Unsafe<string | number | boolean | null>({
    type: ['string', 'number', 'boolean', 'null'],
    ...(description && { description }),
  })

/** A setting of the running server. For a secret only its presence is shown. */
export const Setting = component(
  'Setting',
  Type.Object({
    name: Type.String({ description: 'the environment variable' }),
    value: Value('the value in use; for a secret only whether it is set'),
    is_secret: Type.Boolean(),
    source: oneOf(['environment', 'dashboard'], {
      description: 'dashboard: an admin has chosen the value; environment: an environment variable, or its default',
    }),
    overridden_by: nullable(
      Type.String({ description: 'the model that was chosen in the dashboard and takes the place of this setting' }),
    ),
    needs_restart: Type.Boolean({ description: 'true: a change of the environment and a restart' }),
    change: nullable(
      Type.Object(
        {
          group: oneOf(SETTING_GROUPS),
          kind: oneOf(SETTING_KINDS),
          title: Type.String(),
          description: Type.String(),
          min: nullable(Type.Number()),
          max: nullable(Type.Number()),
          is_whole: Type.Boolean({ description: 'of a number: only whole ones' }),
          unit: nullable(oneOf(SETTING_UNITS)),
          choices: Type.Array(Type.String()),
          may_be_empty: Type.Boolean({ description: 'true: an empty text means none' }),
          environment_value: Value('the value after a return to the environment'),
          changed_at: nullable(time('null: not chosen in the dashboard')),
          problem: nullable(Type.String({ description: 'why the chosen value is not in use' })),
        },
        { description: 'how an admin changes it while the server runs; null: the setting needs a restart' },
      ),
    ),
  }),
)
export type Setting = Static<typeof Setting>

/** The settings that the choice of a model in the dashboard replaces. */
const OVERRIDDEN = new Set([
  'EMBEDDING_PROVIDER',
  'EMBEDDING_MODEL',
  'EMBEDDING_DIMENSIONS',
  'EMBEDDING_QUERY_PREFIX',
  'EMBEDDING_PASSAGE_PREFIX',
])

type Shown = Pick<SettingsInUse, 'config' | 'environment' | 'chosen'>

/** The settings of the running server, the most requested first. */
export function settingsOf(
  settings: Shown,
  model: Pick<ModelInUse, 'current' | 'configured'>,
  language: Language = 'en',
): Setting[] {
  const { config } = settings
  const { embedding } = config
  const inUse = model.current().embedder.profile
  const chosen = sameProfile(inUse, model.configured) ? null : `${inUse.provider} ${inUse.model}`
  const fixed = { source: 'environment' as const, needs_restart: true, change: null }
  const told = (name: string, value: Setting['value']): Setting => ({
    name,
    value,
    is_secret: false,
    overridden_by: OVERRIDDEN.has(name) ? chosen : null,
    ...fixed,
  })
  const kept = (name: string, secret: string | null): Setting => ({
    name,
    value: Boolean(secret),
    is_secret: true,
    overridden_by: null,
    ...fixed,
  })
  return [
    ...changeableOf(settings, language),
    told('RETRY_LIMIT', config.retryLimit),
    told('RETRY_DELAY_SECONDS', config.retryDelayMs / 1000),
    told('EMBEDDING_PROVIDER', embedding.provider),
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
    kept('TOROB_WEBHOOK_TOKENS', [...config.torob.webhookTokens.values()].join('')),
    told('TOROB_WEBHOOK_URL', config.torob.webhookUrl),
    told('TOROB_PUBLIC_KEY', config.torob.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')),
    told('FRESHNESS_SECOND_LOOK_SECONDS', config.freshness.lookIntervalS),
    told('OUTGOING_PRIVATE_ADDRESSES', config.allowsPrivateAddresses ? 'on' : 'off'),
    kept('SMTP_URL', config.given.SMTP_URL ?? null),
    told('TELEGRAM_API_URL', config.alerts.telegramUrl),
    told('BALE_API_URL', config.alerts.baleUrl),
    told('UPDATE_CHECK_URL', config.updateCheck.url),
    told('DASHBOARD_SETTINGS', config.usesDashboardSettings),
    ...backupSettings(config.backups, told, kept),
    told('ROLE', config.role),
    kept('DATABASE_URL', config.databaseUrl),
    told('DATABASE_POOL_SIZE', config.databasePoolSize),
    kept('DATABASE_READ_URL', config.readReplica?.url ?? null),
    told('DATABASE_READ_MAX_LAG_SECONDS', config.readReplica && config.readReplica.maxLagMs / 1000),
    told('EMBEDDED_FSYNC', config.embeddedFsync),
    kept('ADMIN_API_KEY', config.adminApiKey),
    kept('SESSION_SECRET', config.sessionSecret),
    told('LOG_LEVEL', config.logLevel),
  ]
}

/** The settings that change while the server runs. With `DASHBOARD_SETTINGS=off` they need a restart like all others. */
function changeableOf({ config, environment, chosen }: Shown, language: Language): Setting[] {
  const all = chosen()
  const givenSender = environment.given.ALERT_FROM ?? null
  const values = valuesOf(config, all.get('ALERT_FROM')?.text ?? givenSender)
  const ofEnvironment = valuesOf(environment, givenSender)
  const canChange = environment.usesDashboardSettings
  return CHANGEABLE_NAMES.map((name) => {
    const found = all.get(name)
    return {
      name,
      value: values[name],
      is_secret: CHANGEABLE[name].kind === 'secret',
      source: found && found.problem === null ? 'dashboard' : 'environment',
      overridden_by: null,
      needs_restart: !canChange,
      change: canChange
        ? {
            ...viewChange(name, language),
            environment_value: ofEnvironment[name],
            changed_at: found?.changedAt ?? null,
            problem: found?.problem?.[language] ?? null,
          }
        : null,
    }
  })
}

function viewChange(name: ChangeableName, language: Language) {
  const setting = CHANGEABLE[name]
  const number = setting.kind === 'number' ? (setting as NumberSetting) : null
  return {
    group: setting.group,
    kind: setting.kind,
    title: setting.title[language],
    description: setting.description[language],
    min: number?.min ?? null,
    max: number?.max ?? null,
    is_whole: number?.isWhole ?? false,
    unit: number?.unit ?? null,
    choices: 'choices' in setting ? [...setting.choices] : [],
    may_be_empty: 'mayBeEmpty' in setting,
  }
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
