import { type ChangeableName, isChangeable, overlay } from '../../platform/changeable-settings.ts'
import { type ChangeableConfig, type Config, ConfigError, readChangeable } from '../../platform/config.ts'
import type { Database, Sql } from '../../platform/db/database.ts'
import type { Localised } from '../../platform/i18n.ts'
import type { Log } from '../../platform/log.ts'
import type { TextSealer } from '../../platform/seal-text.ts'

/** Every process follows a change within this time. */
const FOLLOW_INTERVAL_MS = 2_000

/** A setting that an admin has chosen. */
export interface ChosenSetting {
  name: ChangeableName
  /** As the environment would give it; null: another `SESSION_SECRET` has encrypted it. */
  text: string | null
  changedAt: Date
  /** Why the environment's value is used nevertheless; null: the chosen value is in use. */
  problem: Localised | null
}

export interface SettingsInUse {
  /** The settings in use. Changeable ones change in place: read them when they are used, and keep none. */
  config: Config
  /** The settings of the environment. */
  environment: Config
  /** The chosen settings by name. */
  chosen(): ReadonlyMap<ChangeableName, ChosenSetting>
  /** Looks at once whether another process, or this one, has changed a setting. */
  follow(): Promise<void>
  /** Calls this after each change that this process follows. */
  onChange(listener: () => void): void
  stop(): Promise<void>
}

/** Reads the chosen settings and follows later changes of any process. An unusable one is reported and never stops a start. */
export async function followSettings(
  db: Database,
  environment: Config,
  sealer: TextSealer,
  log: Log,
): Promise<SettingsInUse> {
  const config: Config = {
    ...environment,
    freshness: { ...environment.freshness },
    alerts: { ...environment.alerts },
    embedding: { ...environment.embedding },
  }
  const sql = db.inBackground().service
  const listeners: (() => void)[] = []
  let chosen = new Map<ChangeableName, ChosenSetting>()
  let seen = ''
  let inProgress: Promise<unknown> = Promise.resolve()

  const read = async () => {
    const found = environment.usesDashboardSettings ? await readChosen(sql, sealer) : []
    const state = JSON.stringify(found)
    if (state === seen) return
    const { inUse, settings } = chooseUsable(environment, found)
    takeOver(config, environment, inUse)
    chosen = new Map(settings.map((setting) => [setting.name, setting]))
    const unusable = settings.filter(({ problem }) => problem !== null).map(({ name }) => name)
    // Names only: a value may be a secret.
    if (unusable.length > 0) log.warn({ settings: unusable }, 'settings.unusable')
    if (seen !== '' || settings.length > 0) log.info({ settings: [...chosen.keys()] }, 'settings.followed')
    seen = state
    for (const listener of listeners) listener()
  }
  const follow = () => {
    const turn = inProgress.then(read)
    inProgress = turn.catch(() => undefined)
    return turn
  }

  await follow()
  const timer = setInterval(() => {
    follow().catch((error: unknown) => log.warn({ error: String(error) }, 'settings.not_followed'))
  }, FOLLOW_INTERVAL_MS)
  timer.unref()
  return {
    config,
    environment,
    chosen: () => chosen,
    follow,
    onChange: (listener) => void listeners.push(listener),
    stop: async () => {
      clearInterval(timer)
      await inProgress
    },
  }
}

/** The chosen settings of this program; those of other releases are left out. */
export async function readChosen(sql: Sql, sealer: TextSealer): Promise<ChosenSetting[]> {
  const rows = await sql.query<{ name: string; value: string; isSealed: boolean; changedAt: Date }>(
    `select name, value, is_sealed as "isSealed", changed_at as "changedAt" from operator_settings order by name`,
  )
  return rows.flatMap(({ name, value, isSealed, changedAt }) => {
    if (!isChangeable(name)) return []
    const text = isSealed ? sealer.open(value, name) : value
    return [{ name, text, changedAt, problem: text === null ? UNREADABLE : null }]
  })
}

const UNREADABLE: Localised = {
  en: 'It cannot be read, because the server has another SESSION_SECRET now. Enter it again.',
  fa: 'خوانده نمی‌شود، چون SESSION_SECRET سرور تغییر کرده است. دوباره واردش کنید.',
}

/**
 * The settings in use: those of the environment with the chosen ones in their place. A chosen one that is invalid, alone or with the
 * others (after an update, or with another environment), is left out and has a problem.
 */
export function chooseUsable(
  environment: Config,
  found: ChosenSetting[],
): { inUse: ChangeableConfig; settings: ChosenSetting[] } {
  const settings = found.map((setting) => ({ ...setting }))
  const texts: Partial<Record<ChangeableName, string>> = {}
  // An unreadable secret still means that the one of the environment was replaced.
  for (const { name, text } of settings) if (text === null) texts[name] = ''
  let waiting = settings.filter(({ text }) => text !== null)
  let error: unknown = null
  // One needs another (a mail server its sender), so the rest is tried again after each success.
  for (let isStuck = false; waiting.length > 0 && !isStuck; ) {
    isStuck = true
    for (const setting of waiting) {
      const tried = { ...texts, [setting.name]: setting.text ?? '' }
      try {
        readChangeable(overlay(environment.given, tried))
        Object.assign(texts, tried)
        waiting = waiting.filter((each) => each !== setting)
        isStuck = false
      } catch (failure) {
        if (!(failure instanceof ConfigError)) throw failure
        error = failure
      }
    }
  }
  for (const setting of waiting) {
    const { message, fa } = error as ConfigError
    setting.problem = { en: message, fa: fa ?? message }
  }
  return { inUse: readChangeable(overlay(environment.given, texts)), settings }
}

function takeOver(config: Config, environment: Config, inUse: ChangeableConfig): void {
  const { freshness, alerts, embedding, ...rest } = inUse
  Object.assign(config, rest)
  Object.assign(config.freshness, freshness)
  Object.assign(config.alerts, alerts)
  const { baseUrl, apiKey } = environment.embedding
  Object.assign(config.embedding, embedding)
  delete config.embedding.replaced
  if (embedding.baseUrl !== baseUrl) config.embedding.replaced = { baseUrl, apiKey }
}

export type SettingValue = string | number | boolean | null

/** The values of the changeable settings; of a secret only whether it is set, and of an address no password. */
export function valuesOf(config: ChangeableConfig, sender: string | null): Record<ChangeableName, SettingValue> {
  const { smtp } = config.alerts
  return {
    RATE_LIMIT_PER_SECOND: config.rateLimitPerSecond,
    RATE_LIMIT_BURST: config.rateLimitBurst,
    FAILED_AUTH_PER_MINUTE: config.failedAuthPerMinute,
    EVENT_RETENTION_DAYS: config.eventRetentionDays,
    FRESHNESS_CHECKS: config.freshness.isOn,
    FRESHNESS_SAMPLE_SIZE: config.freshness.sampleSize,
    ALERTS: config.alerts.isOn,
    ALERT_DRIFT_PERCENT: config.alerts.driftPercent,
    SMTP_HOST: smtp?.host ?? null,
    SMTP_SECURITY: smtp === null ? null : smtp.isImplicitTls ? 'tls' : 'starttls',
    SMTP_PORT: smtp?.port ?? null,
    SMTP_USER: smtp?.user ?? null,
    SMTP_PASSWORD: Boolean(smtp?.password),
    ALERT_FROM: smtp?.from ?? sender,
    OPENAI_BASE_URL: withoutPassword(config.embedding.baseUrl),
    OPENAI_API_KEY: config.embedding.apiKey !== '',
    UPDATE_CHECK: config.updateCheck.isOn,
  }
}

/** Removes a user name, a password and a query from a URL. */
export function withoutPassword(address: string): string {
  const url = URL.parse(address)
  if (!url) return ''
  url.username = ''
  url.password = ''
  url.search = ''
  return url.href.replace(/\/$/, '')
}
