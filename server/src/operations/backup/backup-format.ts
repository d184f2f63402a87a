import { createHash } from 'node:crypto'

/** Version of the backup format, not of the schema. Raised when older readers cannot read the new format. */
export const FORMAT = 1

/** Rows of 4.4 MB occur. A JavaScript string holds at most 512 MB. */
const MAX_LINE_BYTES = 256_000_000

/**
 * Tables in the order of restoring. Excluded are: sessions, one-time links, and grants and tokens
 * of OAuth, because a copy must not sign in users or agents; jobs of the
 * queue, because the first poll of every stage finds the work; the revisions of catalogues, because the first reader makes new ones; the provider's health, because the first request after a restore
 * records it again; the times of maintenance and of the look for a newer version, because after a restore all tasks are due; and messages of alerts with their attempts,
 * because a copy must not send what the original has sent.
 */
export const TABLES = [
  'users',
  'accounts',
  'two_factors',
  'tenants',
  'stores',
  'plugin_reports',
  'integration_tokens',
  'feeds',
  'alerts',
  'alert_channels',
  'oauth_clients',
  'event_ids',
  'events',
  'event_attempts',
  'replays',
  'replay_items',
  'products',
  'product_variants',
  'search_words',
  'search_synonyms',
  'search_rules',
  'question_settings',
  'questions',
  'question_feedback',
  'embedding_profiles',
  'embedding_prices',
  'embedding_budgets',
  'store_savings',
  'document_sets',
  'documents',
  'freshness_schedules',
  'freshness_checks',
  'freshness_findings',
  'reconciliations',
  'reconciliation_differences',
  'resend_requests',
  'knowledge_chunks',
  'chunk_embeddings',
  'embedding_cache',
  'usage_counters',
  'event_hours',
  'usage_hours',
  'operator_settings',
  'audit_log',
] as const

export type Table = (typeof TABLES)[number]

export interface Header {
  format: number
  schema: number
  created_at: string
  /** Number of following rows, for progress displays. The counts of the footer are the verified ones. */
  rows: number
}

export interface Footer {
  rows: Record<string, number>
  /** SHA-256 of everything before the footer. */
  sha256: string
}

/** The backup is unusable; the message says why. The database was not changed. */
export class BackupError extends Error {
  override name = 'BackupError'
}

/**
 * Reads a backup's text line by line and verifies it: the format in the header, known tables, the counts and the checksum of the
 * footer. Calls `onRow` with each row as written by PostgreSQL (text, so that no number is rounded). Memory: one line.
 * @throws {BackupError} at the first error; a missing footer means a truncated file
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
    if (footer) throw new BackupError('The backup has data after its footer.')
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
      if (!table) throw new BackupError(`The backup contains an unknown table: ${kind.slice(0, 40)}.`)
      counted[table] = (counted[table] ?? 0) + 1
      await onRow(table, rest)
    }
  }
  if (!header) throw new BackupError('This is not a backup of Fiko Sync.')
  if (header.format !== FORMAT) {
    throw new BackupError(`The backup has format ${header.format}; this program reads ${FORMAT}.`)
  }
  if (!footer) throw new BackupError('The backup is incomplete: its end is missing.')
  if (footer.sha256 !== checksum.digest('hex'))
    throw new BackupError('The backup is damaged: its checksum does not match.')
  for (const table of TABLES) {
    if ((footer.rows[table] ?? 0) !== (counted[table] ?? 0))
      throw new BackupError(`The backup is damaged: the number of rows of ${table} does not match.`)
  }
  return { header, footer }
}

const NEWLINE = 0x0a

/**
 * Splits at newlines only: product texts may contain U+2028, where Node's readline splits too.
 * @throws {BackupError} for a line longer than any row
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
    if (length > MAX_LINE_BYTES) throw new BackupError('The backup is damaged: a line is longer than any row.')
  }
  if (length > 0) yield Buffer.concat(begun)
}

/** Parses the header of a backup from its first line. @throws {BackupError} without a header */
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
