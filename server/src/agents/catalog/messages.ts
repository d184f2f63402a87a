import type { Language, Localised } from '../../platform/i18n.ts'

/** A message of UCP. The content of a warning must be shown to the buyer. */
export type Message =
  | { type: 'info'; code: string; content: string; path?: string }
  | { type: 'warning'; code: string; content: string; path?: string }
  | { type: 'error'; code: string; content: string; path?: string; severity: 'recoverable' | 'unrecoverable' }

export const UCP_VERSION = '2026-04-08'

const CAPABILITIES = {
  search: { 'dev.ucp.shopping.catalog.search': [{ version: UCP_VERSION }] },
  lookup: { 'dev.ucp.shopping.catalog.lookup': [{ version: UCP_VERSION }] },
}

/** The envelope of every UCP answer. */
export function envelope(of: keyof typeof CAPABILITIES, status: 'success' | 'error' = 'success') {
  return { version: UCP_VERSION, status, capabilities: CAPABILITIES[of] }
}

export function info(code: string, sentence: Localised, language: Language): Message {
  return { type: 'info', code, content: sentence[language] }
}

export function warning(code: string, sentence: Localised, language: Language): Message {
  return { type: 'warning', code, content: sentence[language] }
}

export function failure(code: string, sentence: Localised, language: Language): Message {
  return { type: 'error', code, content: sentence[language], severity: 'unrecoverable' }
}
