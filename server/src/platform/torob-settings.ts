import { createPublicKey, type KeyObject } from 'node:crypto'
import type { SettingTexts } from './changeable-settings.ts'
import type { TorobConfig } from './config.ts'
import { ConfigError, text } from './environment.ts'

/** From Torob's guide for product API v3 (github.com/Torob/Torob-Sync, torob_api_token_guide.md, 2026-01-03). */
const TOROB_PUBLIC_KEY = 'MCowBQYDK2VwAyEAt6Mu4T0pBORY11W+QeM35UsmLO3vsf+6yKpFDEImFk0='

/** How Torob's requests are verified, and where changes are announced. @throws {ConfigError} */
export function readTorob(env: SettingTexts): TorobConfig {
  const webhookUrl = text(env, 'TOROB_WEBHOOK_URL', 'https://api.torob.com/update/webhook/v1/')
  if (!/^https?:\/\/[^\s]+$/.test(webhookUrl)) throw new ConfigError('TOROB_WEBHOOK_URL must be an http(s) address.')
  const entries = text(env, 'TOROB_WEBHOOK_TOKENS', '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
  const webhookTokens = entries.map((entry): [number, string] => {
    const [, storeId, token] = /^(\d{1,15}):([\x21-\x7e]{1,1000})$/.exec(entry) ?? []
    // The entry itself is a secret.
    if (storeId === undefined || token === undefined)
      throw new ConfigError('TOROB_WEBHOOK_TOKENS must be pairs of store id and token, such as 7:abc,9:def.')
    return [Number(storeId), token]
  })
  return { publicKey: ed25519Key(env, 'TOROB_PUBLIC_KEY'), webhookUrl, webhookTokens: new Map(webhookTokens) }
}

function ed25519Key(env: SettingTexts, name: string): KeyObject {
  const base64 = text(env, name, TOROB_PUBLIC_KEY).replace(/-----[A-Z ]+-----|\s/g, '')
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // The same message.
  }
  throw new ConfigError(`${name} must be an Ed25519 public key: the PEM file, or its Base64 text in one line.`)
}
