import type { TestServer } from './test-server.ts'

/** A feed with its addresses as paths of the test server. */
export interface MadeFeed {
  id: number
  token: string
  paths: string[]
}

/** Makes a feed with the operator's key. */
export async function makeFeed(server: TestServer, storeId: number, kind: string, options = {}): Promise<MadeFeed> {
  const made = await server.admin('POST', '/api/v1/feeds/', { store_id: storeId, kind, ...options })
  if (made.status !== 201) throw new Error(`no feed: ${JSON.stringify(made.body)}`)
  const paths = (made.body.addresses as string[]).map((address) => new URL(address).pathname)
  return { id: made.body.id, token: /fd_[\w-]{43}/.exec(paths[0] ?? '')?.[0] ?? '', paths }
}

/** Reads a tab-separated file as its readers do: quotes around a field may hold quotation marks, and nothing else has a meaning. */
export function readTsv(text: string): Record<string, string>[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const [header = [], ...rows] = text
    .slice(0, -1)
    .split('\n')
    .map((line) => line.split('\t').map(unquoted))
  return rows.map((row, at) => {
    if (row.length !== header.length) throw new Error(`line ${at + 2} has ${row.length} fields, not ${header.length}`)
    return Object.fromEntries(header.map((name, place) => [name, row[place] ?? '']))
  })
}

function unquoted(field: string): string {
  if (!field.startsWith('"')) {
    if (field.includes('"')) throw new Error(`a quotation mark without quotes: ${field}`)
    return field
  }
  const inner = field.slice(1, -1)
  if (!field.endsWith('"') || inner.replaceAll('""', '').includes('"')) throw new Error(`bad quotes: ${field}`)
  return inner.replaceAll('""', '"')
}
