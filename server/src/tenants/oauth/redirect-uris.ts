const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])
/** Longer addresses would not fit in a request line together with the other parameters. */
const MAX_LENGTH = 1_000

/** True for an address to which codes may be sent: https, or http on this machine (RFC 8252); no user name, no fragment. */
export function isRedirectUri(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > MAX_LENGTH || !/^[\x21-\x7e]+$/.test(text)) return false
  const url = URL.parse(text)
  // A backslash is a slash to browsers and a character to other programs.
  if (!url || /[#\\]/.test(text) || url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return /^https:\/\/[^/?]/i.test(text)
  return url.protocol === 'http:' && LOOPBACK.has(url.hostname) && /^http:\/\/[^/?]/i.test(text)
}

/** The registered address must be equal, except for the port of a program on this machine (RFC 8252, section 7.3). */
export function matchesRedirectUri(asked: string, registered: string[]): boolean {
  return (
    registered.includes(asked) ||
    (isLoopback(asked) && registered.some((one) => withoutPort(one) === withoutPort(asked)))
  )
}

/** The host to which the user is sent back, for the consent page. */
export function redirectHost(uri: string): { host: string; is_loopback: boolean } {
  const url = new URL(uri)
  return { host: url.host, is_loopback: LOOPBACK.has(url.hostname) }
}

function isLoopback(uri: string): boolean {
  return isRedirectUri(uri) && uri.toLowerCase().startsWith('http:')
}

/** The text without the port, so that nothing else is normalised. */
function withoutPort(uri: string): string | null {
  return isLoopback(uri) ? uri.replace(/^(http:\/\/(?:\[[^\]]*\]|[^/:?]*)):\d+/i, '$1') : null
}

/** Adds parameters to the query of a redirect URI and changes nothing else. */
export function withParameters(uri: string, parameters: Record<string, string | undefined>): string {
  const added = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) added.set(name, value)
  return `${uri}${uri.includes('?') ? '&' : '?'}${added}`
}
