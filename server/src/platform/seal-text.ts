import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

export interface TextSealer {
  /** Beginning of every text that this key has sealed. */
  readonly prefix: string
  /** Encrypts a text that belongs to `owner`. */
  seal(text: string, owner: string): string
  /** Decrypts it. Returns null when another key has sealed it, or when it belongs to another owner. */
  open(sealed: string, owner: string): string | null
}

const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * Encrypts texts with AES-256-GCM. The key is derived from the secret that signs session cookies, and from the purpose, so that a copy
 * of the database or a backup contains no usable secret. With another `SESSION_SECRET` the texts cannot be read.
 */
export function createTextSealer(sessionSecret: string, purpose: string): TextSealer {
  const key = Buffer.from(hkdfSync('sha256', sessionSecret, '', purpose, 32))
  const prefix = `1.${createHash('sha256').update(key).digest('hex').slice(0, 12)}.`
  return {
    prefix,
    seal: (text, owner) => {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return prefix + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open: (sealed, owner) => {
      if (!sealed.startsWith(prefix)) return null
      const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(owner))
          .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
        const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
        return opened.toString('utf8')
      } catch {
        return null
      }
    },
  }
}
