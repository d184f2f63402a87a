import type { FastifyReply } from 'fastify'

/** For pages: their own files and nothing else, no inline script or style, in nobody's frame. */
export const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
/** The page /docs, whose logo carries one fixed style; a browser names the hash of another (e2e/scenarios/api-docs.test.ts). */
export const DOCS_POLICY = `${PAGE_POLICY}; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='`
/** A page whose library writes style elements: those that bear this answer's nonce, and no style attributes. */
export const pagePolicyWithStyles = (nonce: string) => `${PAGE_POLICY}; style-src 'self' 'nonce-${nonce}'`
/** For everything that is no page: should a browser show it as one, it may do nothing. */
const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const ALWAYS: [header: string, value: string][] = [
  ['x-content-type-options', 'nosniff'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()'],
]

/** Two years. This host only: its subdomains are not ours to decide about. */
const HTTPS_ONLY = 'max-age=63072000'

/**
 * Sets what every answer tells a browser, whatever route gives it. A route that has said something narrower keeps it. Sync,
 * and by hand: this is on the way of every acknowledgement.
 */
export function setSecurityHeaders(reply: FastifyReply, isHttps: boolean): void {
  for (const [header, value] of ALWAYS) reply.header(header, value)
  if (isHttps) reply.header('strict-transport-security', HTTPS_ONLY)
  if (!reply.hasHeader('referrer-policy')) reply.header('referrer-policy', 'same-origin')
  // What is served from memory or disk to anybody says for itself how long it may be kept; all else is somebody's data.
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  if (!reply.hasHeader('content-security-policy')) {
    const isPage = String(reply.getHeader('content-type') ?? '').startsWith('text/html')
    reply.header('content-security-policy', isPage ? PAGE_POLICY : DATA_POLICY)
  }
}
