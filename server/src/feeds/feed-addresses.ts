import type { FeedKind } from './feed-schemas.ts'

/** The files of each kind, as parts of their addresses. */
const FILES_OF: Record<FeedKind, string[]> = {
  google: ['google.tsv'],
  acp: ['products.jsonl', 'metadata.json'],
  llms: ['llms.txt'],
  torob: ['torob/'],
}

/**
 * The addresses of a feed. Torob calls the shop's own host, where the plugin passes the request on; that address comes first. Without
 * the address of the shop there is only this server's.
 */
export function addressesOf(kind: FeedKind, token: string, origin: string, site: string): string[] {
  const own = FILES_OF[kind].map((file) => `${origin}/feeds/${token}/${file}`)
  if (kind !== 'torob' || !URL.canParse(site)) return own
  return [`${site.replace(/\/+$/, '')}/wp-json/fiko-sync/v1/torob/${token}`, ...own]
}
