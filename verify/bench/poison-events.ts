/**
 * Products that are valid and cost the server as much as such a body can: for the benchmark and for the fault campaign. Sizes are
 * those of the JSON text, in bytes.
 */

/** Fields of a product. `unknown` is JSON text of a field that the server keeps and ignores: its numbers must stay as written. */
export interface PoisonFields {
  [field: string]: unknown
}

export interface Poison {
  name: string
  /** Number of events of this kind, unless an option sets it. */
  events: number
  /** JSON text of one event. `nth` tells the texts of one event from those of the next. */
  write(nth: number, order: { eventId: string; version: number; productId: number }, bytes?: number): string
  bytes: number
}

const KB = 1_000

export const POISONS: Record<'variations' | 'words' | 'paragraphs' | 'tables' | 'numbers', Poison> = {
  variations: {
    name: '1 product of 486 KB, variations × attributes',
    events: 1,
    bytes: 486 * KB,
    write: (_nth, order, bytes = 486 * KB) => writeEvent(order, variationsByAttributes(bytes)),
  },
  words: {
    name: '100 events of 150 KB, 20,000 different words in each',
    events: 100,
    bytes: 150 * KB,
    write: (nth, order, bytes = 150 * KB) => writeEvent(order, { description: differentWords(nth, bytes) }),
  },
  paragraphs: {
    name: '10 events of 900 KB, <p> and empty lines',
    events: 10,
    bytes: 900 * KB,
    write: (_nth, order, bytes = 900 * KB) => writeEvent(order, { description: fill('<p>\n\n', bytes, 2) }),
  },
  tables: {
    name: '10 events of 900 KB, nested tables',
    events: 10,
    bytes: 900 * KB,
    write: (_nth, order, bytes = 900 * KB) => writeEvent(order, { description: nestedTables(bytes) }),
  },
  numbers: {
    name: '98 events of 990 KB, numbers in a field that is not known',
    events: 98,
    bytes: 990 * KB,
    write: (_nth, order, bytes = 990 * KB) => writeEvent(order, {}, `,"unknown":[${fill('12345,', bytes)}1]`),
  },
}

function writeEvent(
  { eventId, version, productId }: { eventId: string; version: number; productId: number },
  fields: PoisonFields,
  unknownFields = '',
): string {
  const product = { id: productId, name: `Heavy ${eventId}`, price: '1', currency: 'IRT', ...fields }
  const event = { event_id: eventId, event_type: 'product.updated', version, source: 'live', product }
  return `${JSON.stringify(event).slice(0, -1)}${unknownFields}}`
}

/** 1,000 attributes, the maximum, and 1,000 variations whose keys are names of none of them. */
function variationsByAttributes(bytes: number) {
  const count = Math.min(1_000, Math.ceil(bytes / 500))
  const attributes = Array.from({ length: count }, (_, at) => ({ name: `a${at}`, options: [] }))
  const left = bytes - JSON.stringify(attributes).length - 300
  const keysEach = Math.max(1, Math.floor((left / count - 30) / 10))
  const keys = Object.fromEntries(Array.from({ length: keysEach }, (_, at) => [`k${letters(at)}`, 'x']))
  return {
    type: 'variable',
    attributes,
    variations: Array.from({ length: count }, (_, at) => ({ id: 1_000_000 + at, attributes: keys })),
  }
}

/** Words of 6 letters, none twice, and none that another event has. */
function differentWords(nth: number, bytes: number): string {
  const count = Math.floor((bytes - 300) / 7.5)
  const words = Array.from({ length: count }, (_, at) => letters(26 ** 5 + nth * 20_000 + at))
  return words.map((word, at) => (at % 20 === 19 ? `${word}. ` : `${word} `)).join('')
}

/** A hundred tables in each other, again and again. */
function nestedTables(bytes: number): string {
  const depth = 100
  return fill(`${'<table><tr><td>'.repeat(depth)}x${'</td></tr></table>'.repeat(depth)}`, bytes)
}

/** `escaped`: characters of the part that take two bytes in JSON text. */
function fill(part: string, bytes: number, escaped = 0): string {
  return part.repeat(Math.max(1, Math.floor((bytes - 300) / (part.length + escaped))))
}

function letters(value: number): string {
  let rest = value
  let text = ''
  do {
    text = String.fromCharCode(97 + (rest % 26)) + text
    rest = Math.floor(rest / 26)
  } while (rest > 0)
  return text
}
