import { setImmediate } from 'node:timers/promises'
import type { Sql, SqlValue } from '../platform/database.ts'

/** A row with more bytes comes in pieces of this size. A fetch of pieces is held in memory. */
const PIECE_BYTES = 64_000
/** A step of the embedded database reads 1 MB at once, which is short; a round trip to PostgreSQL should bring more. */
export const FEW_PIECES = 16
export const MANY_PIECES = 64

/** Whole lines, or a part of one that is too long. */
export interface Lines {
  bytes: Buffer
  /** How many rows end in these bytes. */
  rows: number
  /** The key of the last row that was looked at; null while that row is not complete. */
  lastKey: string | null
}

interface Piece {
  key: string
  number: number
  count: number
  /** A short row; null with `part` null: a row that is passed over. */
  text: string | null
  /** Base64, because the embedded database's driver reads bytes digit by digit: 0.4 s for 1 MB. */
  part: string | null
}

/**
 * Reads the rows of `select` (columns `key` and `row`, both text, `row` null for one to pass over; in its order) as lines
 * `<before><row><after>\n`, bounded by bytes and not by rows: one row may have 5 MB, and five hundred may have 2 GB. Inside a
 * transaction.
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
  // Not beyond the end of a row that was begun, so that a step can end there: others wait for it.
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
    // The embedded database answers without leaving this thread: nothing else would have a turn until the end.
    await setImmediate()
    yield { bytes: Buffer.concat(parts), rows, lastKey: rest === 0 ? last.key : null }
  }
  await tx.query('close row_pieces')
}

/** `offset 0` keeps a row's text from being made again for its length and for each of its pieces. */
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

/** A payload is kept as it came, and JSON may have line breaks between its parts. Inside a text they are escaped. */
function inOneLine(json: Buffer): Buffer {
  for (const lineBreak of [0x0a, 0x0d]) {
    for (let at = json.indexOf(lineBreak); at !== -1; at = json.indexOf(lineBreak, at + 1)) json[at] = 0x20
  }
  return json
}
