/** The output of the tour: colours and a moving bar on a terminal, plain lines elsewhere. */

const isTerminal = process.stdout.isTTY === true
const hasColour = isTerminal && !process.env.NO_COLOR

const paint = (code: number) => (text: string) => (hasColour ? `\u001b[${code}m${text}\u001b[0m` : text)
const bold = paint(1)
const dim = paint(2)
const red = paint(31)
const green = paint(32)
const cyan = paint(36)

const BAR_WIDTH = 30
const INDENT = '   '

/** Isolates a text whose direction may differ from the direction of the line, so that neither moves the other's punctuation. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`
}

export function amount(value: number | string): string {
  return Number(value).toLocaleString('en')
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

export function showTitle(title: string, subtitle: string): void {
  print(bold(title))
  print(dim(subtitle))
}

let steps = 0

/** Begins a numbered step of the tour. */
export function showStep(title: string): void {
  steps += 1
  print()
  print(`${cyan(String(steps).padStart(2))} ${bold(title)}`)
}

/** Something worth knowing, within a step. */
export function showNote(text: string): void {
  print(`${INDENT}${dim(text)}`)
}

/** An expectation that held. */
export function showFact(text: string): void {
  print(`${INDENT}${green('✓')} ${text}`)
}

export function showFailure(lines: string[]): void {
  const [first = '', ...others] = lines
  print(`${INDENT}${red('✗')} ${first}`)
  for (const line of others) print(`${INDENT}  ${line}`)
}

export interface Progress {
  update(done: number): void
  /** Removes the bar; the next line states the result. */
  end(): void
}

/** A bar that moves in place; without a terminal, a line for every quarter. */
export function showProgress(total: number, unit: string): Progress {
  let quarters = 0
  return {
    update: (done) => {
      if (isTerminal) {
        const filled = Math.round((done / total) * BAR_WIDTH)
        const bar = `${green('█'.repeat(filled))}${dim('░'.repeat(BAR_WIDTH - filled))}`
        process.stdout.write(`\r\u001b[K${INDENT}${bar} ${done} of ${total} ${unit}`)
        return
      }
      const reached = Math.floor((done / total) * 4)
      if (reached > quarters) print(`${INDENT}${done} of ${total} ${unit}`)
      quarters = Math.max(quarters, reached)
    },
    end: () => {
      if (isTerminal) process.stdout.write('\r\u001b[K')
    },
  }
}

/** A line that says what is being waited for, until it is known; nothing without a terminal. */
export async function showWaiting<T>(text: string, work: Promise<T>): Promise<T> {
  if (isTerminal) process.stdout.write(`${INDENT}${dim(text)}`)
  try {
    return await work
  } finally {
    if (isTerminal) process.stdout.write('\r\u001b[K')
  }
}

export interface Column {
  /** A table without titles of columns has no line of titles. */
  title?: string
  align: 'left' | 'right'
}

/** A small table. A column that may hold Persian belongs last, where its width cannot push the others out of line. */
export function showTable(columns: Column[], rows: string[][]): void {
  const widths = columns.map((column, i) =>
    Math.max(width(column.title ?? ''), ...rows.map((row) => width(row[i] ?? ''))),
  )
  const line = (cells: string[]) =>
    columns.map((column, i) => pad(cells[i] ?? '', widths[i] ?? 0, column.align, i === columns.length - 1)).join('  ')
  const titles = columns.map((column) => column.title ?? '')
  if (titles.some(Boolean)) print(`${INDENT}${dim(line(titles))}`)
  for (const row of rows) print(`${INDENT}${line(row)}`)
}

function pad(cell: string, to: number, align: Column['align'], isLast: boolean): string {
  const space = ' '.repeat(Math.max(0, to - width(cell)))
  if (align === 'right') return space + cell
  return isLast ? cell : cell + space
}

/** Places on the screen: joiners, isolates and combining marks take none. */
function width(text: string): number {
  return [...text.replace(/[\p{Mn}\p{Cf}]/gu, '')].length
}
