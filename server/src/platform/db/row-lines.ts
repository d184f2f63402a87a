import { setImmediate } from 'node:timers/promises'
import type { Sql, SqlValue } from './database.ts'

/** Size of the pieces of a larger row. The pieces of one fetch are held in memory. */
const PIECE_BYTES = 64_000
/** Pieces per fetch. A step of the embedded database reads 1 MB, to stay short; a round trip to PostgreSQL should bring more. */
export const FEW_PIECES = 16
export const MANY_PIECES = 64

/** Whole lines, or a part of a long one. */
export interface Lines {
  bytes: Buffer
  /** Number of rows that end in these bytes. */
  rows: number
  /** The key of the last row that was read; null while that row is incomplete. */
  lastKey: string | null
}

interface Piece {
  key: string
  number: number
  count: number
  /** Text of a short row; with `part` null as well, the row is skipped. */
  text: string | null
  /** Base64, because the driver of the embedded database reads bytes digit by digit: 0.4 s for 1 MB. */
  part: string | null
}

/**
 * Reads the rows of `select` (text columns `key` and `row`; rows with `row` null are skipped; in its order) as lines
 * `<before><row><after>\n`. Bounded by bytes, not by rows: one row may have 5 MB, five hundred rows 2 GB. Inside a transaction.
 */
export async function* readLines(
  tx: Sql,
  select: string,
  values: readonly SqlValue[],
  piecesAtOnce: typeof FEW_PIECES | typeof MANY_PIECES,
  before: string,
  after = '',
): AsyncGenerator<Lines> {
  const first = Buffer.from(before)
  const ending = Buffer.from(`${after}\n`)
  await tx.query(`declare row_pieces no scroll cursor for ${inPieces(select)}`, values)
  // A fetch does not pass the end of a started row, so that a step can end there and release the database.
  for (let rest = 0; ; ) {
    const pieces = await tx.query<Piece>(`fetch ${Math.min(rest || piecesAtOnce, piecesAtOnce)} from row_pieces`)
    const last = pieces.at(-1)
    if (!last) break
    const parts: Buffer[] = []
    let rows = 0
    for (const { text, part, number, count } of pieces) {
      if (text === null && part === null) continue
      if (number === 0) parts.push(first)
      parts.push(inOneLine(text === null ? Buffer.from(part ?? '', 'base64') : Buffer.from(text)))
      if (number < count - 1) continue
      parts.push(ending)
      rows += 1
    }
    rest = last.count - 1 - last.number
    // The embedded database never leaves this thread: without this, no other work would run until the end.
    await setImmediate()
    yield { bytes: Buffer.concat(parts), rows, lastKey: rest === 0 ? last.key : null }
  }
  await tx.query('close row_pieces')
}

/** `offset 0` keeps PostgreSQL from computing the text of a row again for its length and for each piece. */
function inPieces(select: string): string {
  return `
    select r.key, p.number, r.count,
           case when r.count = 1 then r.row end as text,
           case when r.count > 1
                then encode(substr(r.whole, 1 + p.number * ${PIECE_BYTES}, ${PIECE_BYTES}), 'base64') end as part
      from (select key, row, count, case when count > 1 then convert_to(row, 'UTF8') end as whole
              from (select key, row, greatest(1, ceil(coalesce(octet_length(row), 0) / ${PIECE_BYTES}.0))::int as count
                      from (${select} offset 0) s offset 0) c offset 0) r,
           generate_series(0, r.count - 1) as p (number)`
}

/** A payload is stored as received, and JSON may contain line breaks between its parts. Inside a text they are escaped. */
function inOneLine(json: Buffer): Buffer {
  for (const lineBreak of [0x0a, 0x0d]) {
    for (let at = json.indexOf(lineBreak); at !== -1; at = json.indexOf(lineBreak, at + 1)) json[at] = 0x20
  }
  return json
}
