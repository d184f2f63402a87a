import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/** The secret part of a channel. */
export interface ChannelSecret {
  /** Address of a webhook. */
  url?: string
  /** Signing key of a webhook: `whsec_…`. */
  signingSecret?: string
  /** Token of a bot. */
  botToken?: string
}

export interface Sealer {
  /** Beginning of every text that this key has sealed. */
  readonly prefix: string
  /** Encrypts the secret of a channel of this tenant. */
  seal(secret: ChannelSecret, tenantId: number): string
  /** Decrypts it. Returns null when another key has sealed it, or when it belongs to another tenant. */
  open(sealed: string, tenantId: number): ChannelSecret | null
}

const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * Encrypts the secrets of channels with AES-256-GCM. The key is derived from the secret that signs session cookies, so that a copy of
 * the database or a backup contains no usable secret. With another `SESSION_SECRET` the owner enters the secrets again.
 */
export function createSealer(sessionSecret: string): Sealer {
  const key = Buffer.from(hkdfSync('sha256', sessionSecret, '', 'fiko alert channels', 32))
  const prefix = `1.${createHash('sha256').update(key).digest('hex').slice(0, 12)}.`
  const bound = (tenantId: number) => Buffer.from(String(tenantId))
  return {
    prefix,
    seal: (secret, tenantId) => {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bound(tenantId))
      const sealed = Buffer.concat([cipher.update(JSON.stringify(secret), 'utf8'), cipher.final()])
      return prefix + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open: (sealed, tenantId) => {
      if (!sealed.startsWith(prefix)) return null
      const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(bound(tenantId))
          .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
        const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
        return JSON.parse(opened.toString('utf8')) as ChannelSecret
      } catch {
        return null
      }
    },
  }
}
