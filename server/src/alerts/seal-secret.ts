import { createTextSealer } from '../platform/seal-text.ts'

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

/** Encrypts the secrets of channels. With another `SESSION_SECRET` the owner enters the secrets again. */
export function createSealer(sessionSecret: string): Sealer {
  const sealer = createTextSealer(sessionSecret, 'fiko alert channels')
  return {
    prefix: sealer.prefix,
    seal: (secret, tenantId) => sealer.seal(JSON.stringify(secret), String(tenantId)),
    open: (sealed, tenantId) => {
      const text = sealer.open(sealed, String(tenantId))
      return text === null ? null : (JSON.parse(text) as ChannelSecret)
    },
  }
}
