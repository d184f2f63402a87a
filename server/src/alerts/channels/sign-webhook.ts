import { createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'whsec_'
const SECRET_BYTES = 32

/** Makes a signing key in the form of Standard Webhooks: `whsec_` and Base64 of 32 random bytes. */
export function makeSigningSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/**
 * The headers that sign a message as Standard Webhooks 1.0 says: HMAC-SHA256 over `id.timestamp.body`. The timestamp is that of the
 * attempt, in seconds, so that a receiver can refuse an old recording. Pure.
 */
export function signWebhook(secret: string, id: string, timestampS: number, body: string): Record<string, string> {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampS), 'webhook-signature': `v1,${signature}` }
}
