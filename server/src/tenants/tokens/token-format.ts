import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

export const INTEGRATION_TYPES = ['woocommerce', 'shopify', 'knowledge'] as const
export type IntegrationType = (typeof INTEGRATION_TYPES)[number]
export const ENVIRONMENTS = ['live', 'test'] as const
export type Environment = (typeof ENVIRONMENTS)[number]

const PREFIX: Record<IntegrationType, string> = { woocommerce: 'wc', shopify: 'sp', knowledge: 'kb' }
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'
const RANDOM_CHARACTERS = 34
const CHECK_CHARACTERS = 6
const CHECK_SPACE = 36 ** CHECK_CHARACTERS

/**
 * Creates a token: `wc_sk_live_` and 40 characters, of which 34 are random (175 bits) and 6 a checksum, so that a mistyped token is
 * rejected without a look-up.
 */
export function makeToken(type: IntegrationType, environment: Environment): string {
  let body = `${PREFIX[type]}_sk_${environment}_`
  for (let i = 0; i < RANDOM_CHARACTERS; i++) body += ALPHABET[randomInt(ALPHABET.length)]
  return body + checkOf(body)
}

/** True when the text has the format of a token and a valid checksum; the token may still not exist. */
export function isTokenForm(text: string): boolean {
  if (!/^(wc|sp|kb)_sk_(live|test)_[a-z0-9]{40}$/.test(text)) return false
  return text.slice(-CHECK_CHARACTERS) === checkOf(text.slice(0, -CHECK_CHARACTERS))
}

/** The stored form of a token: 64 hexadecimal characters. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Enough to recognise a token, too little to use it: `wc_sk_live_…a1b2c3`. */
export function previewToken(token: string): string {
  return `${token.slice(0, 11)}…${token.slice(-6)}`
}

function checkOf(body: string): string {
  return (crc32(body) % CHECK_SPACE).toString(36).padStart(CHECK_CHARACTERS, '0')
}
