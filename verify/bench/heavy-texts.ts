/** The CPU time that one event of 1 MB costs, by the kind of text that fills it. */
import { readProduct } from '../../server/src/catalog/products/product-state.ts'
import { readEvent } from '../../server/src/ingest/read-event.ts'
import { splitProduct } from '../../server/src/knowledge/chunks/split-text.ts'
import { parseExactJson } from '../../server/src/platform/http/exact-json.ts'
import { table } from './report.ts'

const EVENT_BYTES = 1_000_000
const ROUNDS = 3

/** A text that fills a description: repeated until the event has 1 MB; `tail` ends it. */
const TEXTS: Record<string, string | { unit: string; tail: string }> = {
  'English sentences': 'A light and warm jacket for travel, made of wool. ',
  'Persian sentences': 'این کاپشن سبک و گرم از پشم ساخته شده و برای سفر مناسب است. ',
  'HTML paragraphs': '<p class="a">A <b>light</b> jacket &amp; a warm one.</p>\n',
  'paragraphs and blank lines': '<p>\n\n',
  'tags open, never closed': '<div>',
  'inline tags open, never closed': '<b>x',
  'tags closed, never opened': '</b>',
  'nested divs': { unit: '<div>a', tail: '</div>'.repeat(60_000) },
  'nested tables': { unit: '<table><tr><td>', tail: '</td></tr></table>'.repeat(20_000) },
  'nested lists': { unit: '<ul><li>a', tail: '</li></ul>'.repeat(40_000) },
  'option lists': '<select><option>S</option><option>M</option></select>',
  'option lists, never closed': '<select><option>',
  'scripts, never closed': '<script>',
  'tags without an end': '<a b="',
  'quotes in tags': `<a b='c"d`,
  'tags of other names': '<foo>',
  'tags of other names, all different': 'DIFFERENT <f',
  'comments, never closed': '<!--',
  'comments and paragraphs': '<!-- <p>old</p> --><p>x</p>',
  'programs, never closed': '<?php ',
  'character data, never closed': '<![CDATA[<p>',
  'blank lines': '\n\n',
  'lines of spaces': ' \n\t',
  spaces: ' ',
  'no-break spaces': '\u00a0',
  'tabs between letters': 'a\t',
  dots: '.',
  'dots and spaces': '. ',
  'dots and closing brackets': '.)',
  entities: '&amp;',
  'numbered entities': '&#1705;',
  'entities without an end': '&amp',
  'unknown entities': '&nothing;',
  '& alone': '&',
  '< alone': '<',
  '</ alone': '</',
  '> alone': '>',
  '[ alone': '[',
  '] alone': ']',
  quotes: '"',
  apostrophes: "'",
  backslashes: '\\',
  shortcodes: '[vc_row css=".a{b:c}"][vc_column_text]Soft wool.[/vc_column_text][/vc_row]',
  'shortcodes, never closed': '[vc_a b=',
  'shortcodes and quotes, never closed': '[vc_a b="',
  'shortcodes with quotes that pair across': '[vc_a b" c="',
  'shortcodes that bear code': '[code]x[/code]',
  'code, never closed': '[vc_raw_html]',
  'closing shortcodes': '[/row]',
  'brackets that are no shortcodes': '[XL] ',
  'shortcodes all different': 'DIFFERENT [s',
  'base64 in brackets': '[a]ABCDabcd0123ABCDabcd0123ABCDabcd0123ABCDabcd0123ABCDabcd0123ABCD[/a]',
  'one word': 'a',
  'one Persian word': 'ب',
  'one compound': 'a-',
  'words all different': 'DIFFERENT w',
  'RTL marks': '\u200f',
  ZWNJ: 'می\u200c',
  'zero-width spaces': 'a\u200b',
  'decomposed accents': 'e\u0301',
  'combining marks out of order': '\u0301\u0316',
  'combining marks, 29 a letter': `a${'\u0301\u0316'.repeat(14)}\u0301`,
  'ligatures that expand': '\ufdfa',
  'Arabic letters that Persian writes otherwise': 'يك',
  emoji: '😀👍🏽',
  controls: '\u0001',
}

type Product = Record<string, unknown>

/** Products whose other fields are full. */
const PRODUCTS: Record<string, (bytes: number) => Product> = {
  'one attribute of one picture': (bytes) => ({ description: `<img src="${'A'.repeat(bytes)}">` }),
  'attributes of one tag': (bytes) => ({ description: `<p ${'a="b" '.repeat(bytes / 9)}>x</p>` }),
  categories: () => ({ categories: labels(10_000, 90) }),
  'tags with entities': () => ({ tags: labels(10_000, 80).map((label) => `<b>${label}</b> &amp;`) }),
  'options and variations': () => variable(1, 10_000, 1_000, (n) => `Option ${n}`),
  'options, as slugs': () => variable(1, 10_000, 1_000, (n) => `option-${n}`),
  'attributes × options × variations': () => variable(90, 90, 250, (n) => `option-${n}`),
  'options of signs only': () => variable(1, 10_000, 1_000, (n) => '+'.repeat((n % 50) + 1)),
  'options of combining marks': () => variable(1, 150, 150, (n) => `${n}${'\u0301\u0316'.repeat(490)}`),
}

export function benchHeavyTexts(): void {
  const lines: string[][] = []
  for (const [kind, text] of Object.entries(TEXTS)) {
    lines.push(measure(kind, { description: fill(text) }))
  }
  for (const [kind, make] of Object.entries(PRODUCTS)) lines.push(measure(kind, make(EVENT_BYTES - 1_000)))
  lines.sort((a, b) => Number(b[5]) - Number(a[5]))
  console.log(`${table(['kind', 'KB', 'receive ms', 'apply ms', 'chunk ms', 'worst ms'], lines)}\n`)
}

function measure(kind: string, fields: Product): string[] {
  const event = { event_id: 'heavy', event_type: 'product.updated', product: { id: 1, name: 'Heavy', ...fields } }
  const body = Buffer.from(JSON.stringify(event))
  if (body.length > EVENT_BYTES) throw new Error(`${kind}: ${body.length} bytes`)
  const slowest = { receive: 0, apply: 0, chunk: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    const [, received] = cpuMs(() => readEvent(parseExactJson(body)))
    const [state, applied] = cpuMs(() => readProduct(event.product))
    const [, chunked] = cpuMs(() => splitProduct({ ...state, shortDescription: state.short_description }))
    slowest.receive = Math.max(slowest.receive, received)
    slowest.apply = Math.max(slowest.apply, applied)
    slowest.chunk = Math.max(slowest.chunk, chunked)
  }
  const times = [slowest.receive, slowest.apply, slowest.chunk]
  return [kind, String(Math.round(body.length / 1000)), ...[...times, Math.max(...times)].map((ms) => ms.toFixed(0))]
}

function cpuMs<T>(work: () => T): [T, number] {
  const before = process.cpuUsage()
  const made = work()
  const { user, system } = process.cpuUsage(before)
  return [made, (user + system) / 1000]
}

/** As much of a text as fits into an event of 1 MB, as JSON counts. */
function fill(text: string | { unit: string; tail: string }): string {
  const { unit, tail } = typeof text === 'string' ? { unit: text, tail: '' } : text
  const room = EVENT_BYTES - 1_000
  const different = unit.startsWith('DIFFERENT ') ? unit.slice('DIFFERENT '.length) : undefined
  if (different) {
    const words = Array.from(
      { length: room / 10 },
      (_, n) => `${different}${n}${different.startsWith('[') ? ']' : ' '}`,
    )
    return words.join('').slice(0, room)
  }
  const bytes = (part: string) => Buffer.byteLength(JSON.stringify(part)) - 2
  return unit.repeat((room - bytes(tail)) / bytes(unit)) + tail
}

function labels(count: number, length: number): string[] {
  return Array.from({ length: count }, (_, n) => `${n} ${'label '.repeat(length)}`.slice(0, length - 1))
}

function variable(attributes: number, options: number, variations: number, value: (n: number) => string): Product {
  const name = (n: number) => `Attribute ${n}`
  const option = (n: number) => (value(n).startsWith('option-') ? `Option ${n}` : value(n))
  return {
    attributes: Array.from({ length: attributes }, (_, a) => ({
      name: name(a),
      options: Array.from({ length: options }, (_, n) => option(n)),
    })),
    variations: Array.from({ length: variations }, (_, n) => ({
      id: n + 1,
      attributes: Object.fromEntries(
        Array.from({ length: attributes }, (_, a) => [`attribute-${a}`, value((n * 7 + a) % options)]),
      ),
    })),
  }
}
