import { isIP } from 'node:net'
import { CHANGEABLE, type ChangeableName, type NumberSetting, type SettingTexts } from './changeable-settings.ts'
import { formatFa } from './i18n.ts'

/** A setting is invalid; the message names it and the allowed values. The server does not start. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  /** The message in Persian; present for the settings that an admin can change. */
  readonly fa: string | undefined

  constructor(message: string, fa?: string) {
    super(message)
    this.fa = fa
  }
}

export function text(env: SettingTexts, name: string, fallback: string): string {
  return env[name]?.trim() || fallback
}

export function optional<T>(env: SettingTexts, name: string, read: () => T): T | null {
  return text(env, name, '') === '' ? null : read()
}

export function decimal(env: SettingTexts, name: string, fallback: number, min: number, max: number): number {
  const raw = text(env, name, String(fallback))
  const value = Number(raw)
  if (!Number.isFinite(value) || value < min || value > max) {
    throw new ConfigError(`${name} must be a number from ${min} to ${max}, but it is "${raw}".`)
  }
  return value
}

/** Keeps the decimal text: money is never a float. */
export function usdPrice(env: SettingTexts, name: string): string | null {
  const raw = text(env, name, '')
  if (raw === '') return null
  if (!/^\d{1,6}(\.\d{1,9})?$/.test(raw)) {
    throw new ConfigError(`${name} must be an amount of US dollars such as 0.02, below a million, but it is "${raw}".`)
  }
  return raw
}

export function integer(env: SettingTexts, name: string, fallback: number, min: number, max: number): number {
  const value = decimal(env, name, fallback, min, max)
  if (!Number.isInteger(value)) throw new ConfigError(`${name} must be a whole number, but it is "${value}".`)
  return value
}

export function oneOf<T extends string>(env: SettingTexts, name: string, allowed: readonly T[], fallback: T): T {
  const raw = text(env, name, fallback)
  const value = allowed.find((candidate) => candidate === raw)
  if (value === undefined)
    throw new ConfigError(
      `${name} must be one of ${allowed.join(', ')}, but it is "${raw}".`,
      `${name} باید یکی از ${allowed.join('، ')} باشد، اما «${raw}» است.`,
    )
  return value
}

export function onOff(env: SettingTexts, name: string, fallback: boolean): boolean {
  return oneOf(env, name, ['on', 'off'] as const, fallback ? 'on' : 'off') === 'on'
}

export function addresses(env: SettingTexts, name: string): string[] {
  const list = text(env, name, '')
    .split(',')
    .map((address) => address.trim())
    .filter(Boolean)
  for (const entry of list) {
    const [address = '', bits, ...rest] = entry.split('/')
    const family = isIP(address)
    const widest = family === 6 ? 128 : 32
    if (!family || rest.length > 0 || (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= widest))) {
      throw new ConfigError(`${name} must be addresses or networks such as 10.0.0.1,10.0.0.0/8; "${entry}" is neither.`)
    }
  }
  return list
}

export function webAddress(env: SettingTexts, name: string, fallback: string): string {
  const address = text(env, name, fallback).replace(/\/+$/, '')
  if (!/^https?:\/\/[^\s?#]+$/.test(address)) throw new ConfigError(`${name} must be an http(s) address.`)
  return address
}

/** A number within the bounds of the list of changeable settings. */
export function bounded(env: SettingTexts, name: ChangeableName): number {
  const { fallback, min, max, isWhole } = CHANGEABLE[name] as NumberSetting
  const raw = text(env, name, String(fallback))
  const value = Number(raw)
  if (!(value >= min && value <= max) || (isWhole && !Number.isInteger(value))) throw outOfBounds(name, raw)
  return value
}

function outOfBounds(name: ChangeableName, raw: string): ConfigError {
  const { min, max, isWhole } = CHANGEABLE[name] as NumberSetting
  return new ConfigError(
    `${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}, but it is "${raw}".`,
    `${name} باید عددی${isWhole ? ' صحیح' : ''} از ${formatFa(min)} تا ${formatFa(max)} باشد، اما «${raw}» است.`,
  )
}
