import { createHash } from 'node:crypto'

/** The backup's form, not the schema's: raised when a reader of today could not read it. */
export const FORMAT = 1

/** Rows of 4.4 MB are known. A JavaScript string holds 512 MB at most. */
const MAX_LINE_BYTES = 256_000_000

/**
 * Tables in the order in which they can be filled again. Sessions and one-time links are left out: a copy must not sign
 * anybody in. Counted jobs of the queue are left out: they only wake, and the first look of every stage finds the work.
 * So is how the provider did: the first request after a restore tells anew; and when maintenance was done: after a restore all of it is due.
 */
export const TABLES = [
  'users',
  'accounts',
  'tenants',
  'stores',
  'plugin_reports',
  'integration_tokens',
  'event_ids',
  'events',
  'event_attempts',
  'products',
  'product_variants',
  'embedding_profiles',
  'knowledge_chunks',
  'chunk_embeddings',
  'embedding_cache',
  'usage_counters',
  'event_hours',
  'usage_hours',
  'audit_log',
] as const

export type Table = (typeof TABLES)[number]

export interface Header {
  format: number
  schema: number
  created_at: string
  /** How many rows follow, for whoever shows how far it is. The footer's counts are those that are checked. */
  rows: number
}

export interface Footer {
  rows: Record<string, number>
  /** SHA-256 of everything before the footer. */
  sha256: string
}

/** A backup that cannot be used: says what is wrong with it. Nothing was touched. */
export class BackupError extends Error {
  override name = 'BackupError'
}

/**
 * Reads a backup's text line by line and checks that it is whole: the header's format, known tables, the counts and the
 * checksum of the footer. Calls `onRow` with each row as PostgreSQL wrote it (text, so that no number is rounded). Memory holds
 * one line.
 * @throws {BackupError} at the first thing that is wrong; a missing footer means that the file was cut off
 */
export async function readBackup(
  text: AsyncIterable<Buffer>,
  onRow: (table: Table, row: string) => Promise<void> | void,
): Promise<{ header: Header; footer: Footer }> {
  const checksum = createHash('sha256')
  const counted: Record<string, number> = {}
  let header: Header | null = null
  let footer: Footer | null = null
  for await (const bytes of linesOf(text)) {
    if (footer) throw new BackupError('The backup goes on after its end.')
    const line = bytes.toString('utf8')
    const space = line.indexOf(' ')
    const [kind, rest] = [line.slice(0, space), line.slice(space + 1)]
    if (kind === 'footer') {
      footer = parse<Footer>(rest)
      continue
    }
    checksum.update(bytes).update('\n')
    if (kind === 'header') header = readHeader(line)
    else if (!header) throw new BackupError('This is not a backup of Fiko Sync.')
    else {
      const table = TABLES.find((known) => known === kind)
      if (!table)
        throw new BackupError(`The backup holds a table that this program does not know: ${kind.slice(0, 40)}.`)
      counted[table] = (counted[table] ?? 0) + 1
      await onRow(table, rest)
    }
  }
  if (!header) throw new BackupError('This is not a backup of Fiko Sync.')
  if (header.format !== FORMAT) {
    throw new BackupError(`The backup has format ${header.format}; this program reads ${FORMAT}.`)
  }
  if (!footer) throw new BackupError('The backup is not whole: its end is missing.')
  if (footer.sha256 !== checksum.digest('hex'))
    throw new BackupError('The backup is damaged: its checksum does not fit.')
  for (const table of TABLES) {
    if ((footer.rows[table] ?? 0) !== (counted[table] ?? 0))
      throw new BackupError(`The backup is damaged: rows of ${table}.`)
  }
  return { header, footer }
}

const NEWLINE = 0x0a

/**
 * Splits at newlines and at nothing else: texts of products hold U+2028, at which Node's readline ends a line as well.
 * @throws {BackupError} for a line that is longer than any row of ours
 */
async function* linesOf(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = []
  let length = 0
  for await (const chunk of text) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      begun.push(chunk.subarray(from, end))
      yield begun.length === 1 && begun[0] ? begun[0] : Buffer.concat(begun)
      begun = []
      length = 0
      from = end + 1
    }
    begun.push(chunk.subarray(from))
    length += chunk.length - from
    if (length > MAX_LINE_BYTES)
      throw new BackupError('The backup is damaged: it has a line that is longer than any row.')
  }
  if (length > 0) yield Buffer.concat(begun)
}

/** The header of a backup, from its first line. @throws {BackupError} when it has none */
export function readHeader(line: string): Header {
  if (!line.startsWith('header ')) throw new BackupError('This is not a backup of Fiko Sync.')
  return parse<Header>(line.slice('header '.length))
}

function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T
  } catch {
    throw new BackupError('The backup is damaged: a line cannot be read.')
  }
}
