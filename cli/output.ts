/** Prints a result: as JSON for scripts, else in the words given. */
export function show(result: unknown, isJson: boolean, words: () => string): void {
  process.stdout.write(`${isJson ? JSON.stringify(result, null, 2) : words()}\n`)
}

/** Lines up rows under their headings; empty values are shown as a dash. */
export function table(rows: Record<string, unknown>[], columns: Record<string, (row: never) => unknown>): string {
  if (rows.length === 0) return 'None.'
  const headings = Object.keys(columns)
  const cells = rows.map((row) => headings.map((heading) => cell(columns[heading]?.(row as never))))
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((line) => (line[column] ?? '').length)),
  )
  const line = (values: string[]) =>
    values
      .map((value, column) => value.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(headings), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)].join('\n')
}

function cell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–'
  const text = value instanceof Date ? value.toISOString() : String(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

export interface Progress {
  /** `done` of `total`, in any unit. */
  update(done: number, total: number): void
  end(): void
}

/** A terminal is written to so often at most; a backup tells of every 16 KB. */
const REDRAW_MS = 100

/**
 * A bar on a terminal; a line every tenth elsewhere; nothing when it `isSilent`, as for scripts. `words` says a number in its
 * unit.
 */
export function progress(label: string, isSilent: boolean, words: (value: number) => string = String): Progress {
  let shownTenth = -1
  let shownAt = Number.NEGATIVE_INFINITY
  const stream = process.stderr
  return {
    update: (done, total) => {
      if (isSilent) return
      const share = total === 0 ? 1 : Math.min(1, done / total)
      if (stream.isTTY && share < 1 && performance.now() - shownAt < REDRAW_MS) return
      shownAt = performance.now()
      const text = `${label} ${'█'.repeat(Math.round(share * 30)).padEnd(30, '░')} ${Math.floor(share * 100)} % (${words(done)}/${words(total)})`
      if (stream.isTTY) stream.write(`\r${text}\u001b[K`)
      else if (Math.floor(share * 10) > shownTenth) {
        shownTenth = Math.floor(share * 10)
        stream.write(`${text}\n`)
      }
    },
    end: () => {
      if (!isSilent && stream.isTTY && shownAt > 0) stream.write('\n')
    },
  }
}
