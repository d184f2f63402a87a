import { createBoundedCache } from '../platform/runtime/bounded-cache.ts'

/** Most characters of a client's name. */
const MAX_NAME = 60
/** Clients whose handshake is remembered, and for how long. */
const MAX_REMEMBERED = 5_000
const REMEMBERED_MS = 24 * 3_600_000
/** Programs that call themselves browsers and say further on what they are. */
const NAMED_IN_BROWSER =
  /\b(ChatGPT-User|OAI-SearchBot|GPTBot|Claude-User|Claude-SearchBot|ClaudeBot|Perplexity-User|PerplexityBot|Googlebot|bingbot)\b/i

/** The family of a program by its User-Agent, without its version: `python-requests`, `browser`. Empty without a name. */
export function clientFamily(userAgent: string | undefined): string {
  if (userAgent === undefined) return ''
  if (/^Mozilla\//i.test(userAgent)) return NAMED_IN_BROWSER.exec(userAgent)?.[0] ?? 'browser'
  return /^[\p{L}\p{N}][\p{L}\p{N}._+-]{0,39}/u.exec(userAgent)?.[0] ?? ''
}

/** A name as it is shown: one line without control characters and lone surrogates, at most 60 characters. */
export function plainName(name: string): string {
  const line = name
    .slice(0, 4 * MAX_NAME)
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  return line.slice(0, MAX_NAME).toWellFormed().trimEnd()
}

/** The names that MCP clients say about themselves. */
export interface McpClientNames {
  /**
   * The name of the client that sends this request of JSON-RPC: from the request, or, in the revisions with a handshake, from the
   * last handshake of the same credential with the same program. Undefined when neither says one.
   */
  nameOf(body: unknown, sender: string): string | undefined
}

/** Remembers handshakes in memory: a request that reaches another process falls back to the User-Agent. */
export function createMcpClientNames(): McpClientNames {
  const names = createBoundedCache<string, string>({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS })
  return {
    nameOf: (body, sender) => {
      const { method, params } = (body ?? {}) as { method?: unknown; params?: Record<string, unknown> }
      const meta = params?._meta as Record<string, unknown> | undefined
      const own = infoName(meta?.['io.modelcontextprotocol/clientInfo'])
      if (own !== undefined) return own
      if (method !== 'initialize') return names.get(sender)
      const introduced = infoName(params?.clientInfo)
      if (introduced !== undefined) names.set(sender, introduced)
      return introduced
    },
  }
}

function infoName(info: unknown): string | undefined {
  const { name } = (info ?? {}) as { name?: unknown }
  return typeof name === 'string' ? plainName(name) || undefined : undefined
}
