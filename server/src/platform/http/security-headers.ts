import type { FastifyReply } from 'fastify'

/** Content-Security-Policy of pages: own files only, no inline script or style, no framing. */
export const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
/**
 * For /docs, whose logo carries one fixed style (identified by its hash; a browser names the hash of a new one:
 * verify/e2e/scenarios/api-docs.test.ts).
 */
export const DOCS_POLICY = `${PAGE_POLICY}; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='`
/**
 * For the dashboard. Its library writes style elements: those with this response's nonce are allowed, and no style attributes. It
 * shows the pictures of products, which any host may serve over https (decision 16).
 */
export const dashboardPolicy = (nonce: string) =>
  `${PAGE_POLICY.replace("img-src 'self' data:", "img-src 'self' data: https:")}; style-src 'self' 'nonce-${nonce}'`
/** For responses that are not pages: if a browser renders one, it may do nothing. */
const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const ALWAYS: [header: string, value: string][] = [
  ['x-content-type-options', 'nosniff'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()'],
]

/** Two years, for this host only; its subdomains may belong to other services. */
const HTTPS_ONLY = 'max-age=63072000'

/**
 * Sets the security headers of every response. A stricter value of a route stays. Synchronous and written by hand, because every
 * acknowledgement passes here.
 */
export function setSecurityHeaders(reply: FastifyReply, isHttps: boolean): void {
  for (const [header, value] of ALWAYS) if (!reply.hasHeader(header)) reply.header(header, value)
  if (isHttps) reply.header('strict-transport-security', HTTPS_ONLY)
  if (!reply.hasHeader('referrer-policy')) reply.header('referrer-policy', 'same-origin')
  // Public responses from memory or disk set their own cache-control; all others may contain user data.
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  if (!reply.hasHeader('content-security-policy')) {
    const isPage = String(reply.getHeader('content-type') ?? '').startsWith('text/html')
    reply.header('content-security-policy', isPage ? PAGE_POLICY : DATA_POLICY)
  }
}
