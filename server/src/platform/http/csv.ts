/** First character of a file for spreadsheets: without it Excel reads Persian letters in the code page of the machine. */
export const CSV_START = '\uFEFF'

/** A spreadsheet takes a cell that begins like this for a formula, also after spaces. */
const FORMULA = /^\s*[=+\-@＝＋－＠\t\r]/

export type CsvValue = string | number | boolean | Date | null

/**
 * One line of a CSV file (RFC 4180). A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay as they
 * are.
 */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

function cell(value: CsvValue): string {
  if (value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = value instanceof Date ? value.toISOString() : value
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
