import {
  CHANGEABLE,
  CHANGEABLE_NAMES,
  type ChangeableName,
  type ChangeableSetting,
  isChangeable,
  overlay,
  SENT_TO,
} from '../../platform/changeable-settings.ts'
import { type ChangeableConfig, type Config, ConfigError, readChangeable } from '../../platform/config.ts'
import type { Sql } from '../../platform/db/database.ts'
import { type Issue, invalidInput } from '../../platform/errors.ts'
import type { Localised } from '../../platform/i18n.ts'
import type { TextSealer } from '../../platform/seal-text.ts'
import { type Actor, writeAuditEntry } from '../../tenants/audit.ts'
import { type ChosenSetting, chooseUsable, readChosen, type SettingValue, valuesOf } from './follow-settings.ts'
import { UPDATE_ADDRESS } from './program-version.ts'

/** An arbitrary constant that no other advisory lock uses. */
const SETTINGS_LOCK = 7_105_112_134

/** New values by name; null: back to the environment's. */
export type Change = Record<string, SettingValue>

type Texts = Partial<Record<ChangeableName, string | null>>

interface Planned {
  /** The changed settings; null: back to the environment's. */
  texts: Texts
  before: ChangeableConfig
  after: ChangeableConfig
  /** Texts of all chosen settings, before and after. */
  chosenBefore: Partial<Record<ChangeableName, string>>
  chosenAfter: Partial<Record<ChangeableName, string>>
}

/**
 * The settings with a change, without storing it. @throws {Problem} 400 with every invalid value; nothing is changed then
 */
export async function planChange(sql: Sql, environment: Config, sealer: TextSealer, change: Change): Promise<Planned> {
  const found = await readChosen(sql, sealer)
  const texts = textsOf(change, environment)
  const { inUse: before, settings } = chooseUsable(environment, found)
  const chosenBefore = usedTexts(settings)
  const chosenAfter = { ...chosenBefore }
  for (const [name, text] of Object.entries(texts) as [ChangeableName, string | null][]) {
    if (text === null) delete chosenAfter[name]
    else chosenAfter[name] = text
  }
  keepSecretsAtTheirServers({ texts, before, chosenAfter })
  const after = readTogether(environment, chosenAfter, texts)
  return { texts, before, after, chosenBefore, chosenAfter }
}

/** Stores a change; every process follows it within seconds. @throws {Problem} 400 with every invalid value */
export async function changeSettings(
  tx: Sql,
  { environment, sealer }: { environment: Config; sealer: TextSealer },
  change: Change,
  by: Actor,
): Promise<void> {
  // Two changes at once are checked one after the other: together they could be invalid.
  await tx.query(`select pg_advisory_xact_lock(${SETTINGS_LOCK})`)
  const plan = await planChange(tx, environment, sealer, change)
  const stored = new Set((await readChosen(tx, sealer)).map(({ name }) => name))
  const senderOf = (chosen: Planned['chosenAfter']) => chosen.ALERT_FROM ?? environment.given.ALERT_FROM ?? null
  const was = valuesOf(plan.before, senderOf(plan.chosenBefore))
  const is = valuesOf(plan.after, senderOf(plan.chosenAfter))
  for (const [name, text] of Object.entries(plan.texts) as [ChangeableName, string | null][]) {
    const isSecret = CHANGEABLE[name].kind === 'secret'
    if (text === null && !stored.has(name)) continue
    if (text !== null && !isSecret && text === plan.chosenBefore[name]) continue
    if (text === null) await tx.query('delete from operator_settings where name = $1', [name])
    else
      await tx.query(
        `insert into operator_settings (name, value, is_sealed) values ($1, $2, $3)
         on conflict (name) do update set value = excluded.value, is_sealed = excluded.is_sealed, changed_at = now()`,
        [name, isSecret ? sealer.seal(text, name) : text, isSecret],
      )
    await writeAuditEntry(tx, by, {
      action: 'settings.changed',
      detail: { name, from: was[name], to: is[name], source: text === null ? 'environment' : 'dashboard' },
    })
  }
}

function usedTexts(settings: ChosenSetting[]): Partial<Record<ChangeableName, string>> {
  return Object.fromEntries(
    settings.filter(({ problem }) => problem === null).map(({ name, text }) => [name, text ?? '']),
  )
}

/** The texts of a change. @throws {Problem} 400 with every value that is invalid by itself */
function textsOf(change: Change, { given, updateCheck }: Config): Texts {
  const issues: Issue[] = []
  const texts: Texts = {}
  for (const [name, value] of Object.entries(change)) {
    if (!isChangeable(name)) issues.push({ path: name, detail: NOT_CHANGEABLE })
    else if (value === null) texts[name] = null
    else {
      const text = textOf(CHANGEABLE[name], value)
      const detail = text === null ? WRONG_TYPE : faultOf(name, text)
      if (detail !== null) issues.push({ path: name, detail })
      else if (name === 'ALERTS' && text === 'on' && given.ALERTS === 'off')
        issues.push({ path: name, detail: SILENT_COPY })
      else if (name === 'UPDATE_CHECK' && text === 'on' && (updateCheck.url ?? UPDATE_ADDRESS) === null)
        issues.push({ path: name, detail: NO_UPDATE_ADDRESS })
      else texts[name] = text
    }
  }
  if (issues.length > 0) throw invalidInput(issues)
  return texts
}

const NOT_CHANGEABLE: Localised = {
  en: `is not a setting that can be changed while the server runs. These can: ${CHANGEABLE_NAMES.join(', ')}`,
  fa: `تنظیمی نیست که هنگام کار سرور تغییر کند. این‌ها تغییر می‌کنند: ${CHANGEABLE_NAMES.join('، ')}`,
}
const WRONG_TYPE: Localised = {
  en: 'must be a text of at most 2000 characters in one line, a number, true or false, or null for the value of the environment',
  fa: 'باید متنی یک‌خطی با حداکثر ۲۰۰۰ نویسه، عدد، true یا false باشد، یا null برای مقدار محیط',
}
const SILENT_COPY: Localised = {
  en: 'stays off: the environment says ALERTS=off, so that a copy of an installation sends nothing. Remove it there and restart',
  fa: 'خاموش می‌ماند: محیط ALERTS=off دارد تا کپی یک سامانه پیامی نفرستد. آن را از محیط بردارید و سرور را دوباره راه‌اندازی کنید',
}
const NO_UPDATE_ADDRESS: Localised = {
  en: 'needs UPDATE_CHECK_URL in the environment: this program knows no address that tells its newest version',
  fa: 'به UPDATE_CHECK_URL در محیط نیاز دارد: این برنامه نشانی‌ای نمی‌شناسد که نسخهٔ تازه را بگوید',
}

const MAX_TEXT_LENGTH = 2_000

function textOf({ kind }: ChangeableSetting, value: string | number | boolean): string | null {
  if (typeof value === 'boolean') return kind === 'switch' ? (value ? 'on' : 'off') : null
  if (typeof value === 'number') return kind === 'number' ? String(value) : null
  const text = kind === 'secret' ? value : value.trim()
  return text.length > MAX_TEXT_LENGTH || /\p{Cc}/u.test(text) ? null : text
}

/** Why a text is not a value of this setting, alone; null: it is one. */
function faultOf(name: ChangeableName, text: string): Localised | null {
  const { kind } = CHANGEABLE[name]
  if (text === '') {
    if ('mayBeEmpty' in CHANGEABLE[name]) return null
    return { en: 'must not be empty', fa: 'نباید خالی باشد' }
  }
  // A text that only the reader of a number accepts is not what an admin means: 0x10, 1e3.
  if (kind === 'number' && !/^-?\d+(\.\d+)?$/.test(text)) return boundsOf(name)
  if (name === 'OPENAI_BASE_URL' && !isPlainAddress(text))
    return {
      en: 'must be an http(s) address without a user name, a password and a query; the key is OPENAI_API_KEY',
      fa: 'باید نشانی http(s) بدون نام کاربری، رمز و پرس‌وجو باشد؛ کلید در OPENAI_API_KEY می‌آید',
    }
  try {
    readChangeable({ ALERT_FROM: 'a@example.com', [name]: text })
    return null
  } catch (error) {
    return wordsOf(error, name)
  }
}

function boundsOf(name: ChangeableName): Localised {
  try {
    readChangeable({ [name]: 'x' })
  } catch (error) {
    const { en, fa } = wordsOf(error, name)
    return { en: en.replace(/, but it is .*$/, ''), fa: fa.replace(/، اما «.*$/, '') }
  }
  throw new Error(`${name} has no bounds`)
}

/** The sentence of an error, without the name of the setting, which the path of the issue says. */
function wordsOf(error: unknown, name: string): Localised {
  if (!(error instanceof ConfigError)) throw error
  const cut = (message: string) => message.replace(new RegExp(`^${name} `), '')
  return { en: cut(error.message), fa: cut(error.fa ?? error.message) }
}

function isPlainAddress(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null && url.username === '' && url.password === '' && url.search === '' && /^https?:$/.test(url.protocol)
  )
}

/**
 * A secret is sent only to the server for which it was entered: a change of the server must name it, too. Without a chosen server the
 * chosen secret goes as well. @throws {Problem} 400
 */
function keepSecretsAtTheirServers({ texts, before, chosenAfter }: Omit<Planned, 'after' | 'chosenBefore'>): void {
  const was = valuesOf(before, null)
  for (const { secret, address } of SENT_TO) {
    const named = (address as readonly ChangeableName[]).filter((name) => texts[name] !== undefined)
    if (named.length === 0 || texts[secret] !== undefined) continue
    if (!address.some((name) => chosenAfter[name] !== undefined)) {
      // Back to the environment's server, and to its secret.
      if (chosenAfter[secret] !== undefined) texts[secret] = null
      delete chosenAfter[secret]
      continue
    }
    const isSame = named.every((name) => texts[name] !== null && String(was[name] ?? '') === texts[name])
    // The environment's secret is out of use as soon as any part of the server is chosen.
    const isKept = chosenAfter[secret] !== undefined && isSame
    if (was[secret] === true && !isKept)
      throw invalidInput([
        {
          path: secret,
          detail: {
            en: `must be given together with ${named.join(', ')} (an empty text for none): it is sent only to the server for which it was entered`,
            fa: `باید همراه ${named.join('، ')} وارد شود (متن خالی یعنی هیچ): فقط به سروری فرستاده می‌شود که برای آن وارد شده است`,
          },
        },
      ])
  }
}

/** All settings together. @throws {Problem} 400 when they do not fit together */
function readTogether(environment: Config, chosen: Planned['chosenAfter'], texts: Texts): ChangeableConfig {
  try {
    return readChangeable(overlay(environment.given, chosen))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const name = CHANGEABLE_NAMES.find((each) => error.message.startsWith(`${each} `)) ?? Object.keys(texts)[0] ?? ''
    throw invalidInput([{ path: name, detail: wordsOf(error, name) }])
  }
}
