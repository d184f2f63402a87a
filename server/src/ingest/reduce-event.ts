import { htmlToText } from '../platform/clean-html.ts'
import { EXTRA_FIELDS, WebhookEvent, WebhookProduct, type WebhookVariation } from './event-schema.ts'

/** Texts of a product in the order in which they are cut: the description is nearly always the longest. */
const TEXTS = ['description', 'short_description'] as const
/** A run of so many ASCII characters without a space or a tag is no word: it is an embedded file or minified code. */
const ENCODED_RUN = /[!-;=?-~]{1000,}/g
/** Parts of HTML that are never shown, by how they begin and end. */
const HIDDEN_PARTS = [
  ['<!--', '-->'],
  ['<script', '</script>'],
  ['<style', '</style>'],
] as const

/**
 * Makes an event that is too large to be stored small enough: first it leaves out what cannot be text (embedded pictures,
 * comments, scripts), then markup, then fields that no schema knows, then those that nothing reads yet, and last the ends of texts,
 * whose names are then in `product.texts_cut`. Price, stock and visibility stay as they were sent. `bytesOver` says how many bytes an
 * event is above the limit. Gives null where lists (variations, attributes) alone are too large. Does not change `event`, which was checked
 * against its schema.
 */
export function reduceEvent(event: WebhookEvent, bytesOver: (event: WebhookEvent) => number): WebhookEvent | null {
  let reduced = withTexts(event, withoutHiddenParts)
  if (bytesOver(reduced) <= 0) return reduced
  reduced = withTexts(reduced, htmlToText)
  if (bytesOver(reduced) <= 0) return reduced
  reduced = onlyKnownFields(reduced)
  if (bytesOver(reduced) <= 0) return reduced
  reduced = withoutExtras(reduced)
  for (const name of TEXTS) {
    const excessBytes = bytesOver(reduced)
    if (excessBytes <= 0) return reduced
    reduced = withTextCut(reduced, name, excessBytes)
  }
  return bytesOver(reduced) <= 0 ? reduced : null
}

function withTexts(event: WebhookEvent, change: (text: string) => string): WebhookEvent {
  const product = { ...event.product }
  for (const name of TEXTS) {
    const text = product[name]
    if (typeof text === 'string') product[name] = change(text)
  }
  return withVariations({ ...event, product }, (variation) => {
    const { description } = variation
    return typeof description === 'string' ? { ...variation, description: change(description) } : variation
  })
}

function withoutExtras(event: WebhookEvent): WebhookEvent {
  const product = without(event.product, EXTRA_FIELDS.product)
  return withVariations({ ...event, product }, (variation) => without(variation, EXTRA_FIELDS.variation))
}

function withVariations(event: WebhookEvent, change: (variation: WebhookVariation) => WebhookVariation): WebhookEvent {
  const { variations } = event.product
  if (!variations) return event
  const changed = Array.isArray(variations)
    ? variations.map(change)
    : Object.fromEntries(Object.entries(variations).map(([key, variation]) => [key, change(variation)]))
  return { ...event, product: { ...event.product, variations: changed } }
}

function without<T extends object>(value: T, names: string[]): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !names.includes(key))) as T
}

function withoutHiddenParts(text: string): string {
  return HIDDEN_PARTS.reduce((rest, [start, end]) => withoutParts(rest, start, end), text).replace(ENCODED_RUN, ' ')
}

/** By index: one expression from start to end takes quadratic time where nothing ends. A part that does not end stays. */
function withoutParts(text: string, start: string, end: string): string {
  const lower = text.toLowerCase()
  // Lower case may have another length (İ); then the places do not agree, and the cleaning of the text has to do.
  if (lower.length !== text.length) return text
  const kept: string[] = []
  let at = 0
  for (;;) {
    const from = lower.indexOf(start, at)
    const to = from < 0 ? -1 : lower.indexOf(end, from)
    if (to < 0) break
    kept.push(text.slice(at, from))
    at = to + end.length
  }
  kept.push(text.slice(at))
  return kept.join(' ')
}

function onlyKnownFields(event: WebhookEvent): WebhookEvent {
  const product = pick(event.product, WebhookProduct.properties)
  return { ...pick(event, WebhookEvent.properties), product }
}

function pick<T extends object>(value: T, properties: object): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => Object.hasOwn(properties, key))) as T
}

/** A byte less of the text is at least a byte less of its JSON. */
function withTextCut(event: WebhookEvent, name: (typeof TEXTS)[number], excessBytes: number): WebhookEvent {
  const bytes = Buffer.from(String(event.product[name] || ''))
  // The name of the text is added, for which 64 bytes are plenty.
  const kept = bytes.subarray(0, Math.max(0, bytes.length - excessBytes - 64)).toString()
  const before = Array.isArray(event.product.texts_cut) ? event.product.texts_cut : []
  const product = { ...event.product, [name]: kept.replace(/\ufffd$/, ''), texts_cut: [...before, name] }
  return { ...event, product }
}

/** Of the fields that cannot be reduced the one that takes the most bytes as JSON, for the sentence that refuses the event. */
export function largestField(event: WebhookEvent): { name: string; bytes: number } {
  const reducible: string[] = [...TEXTS, ...EXTRA_FIELDS.product]
  const sizes = Object.entries(without(onlyKnownFields(event).product, reducible)).map(([name, value]) => ({
    name: `product.${name}`,
    bytes: Buffer.byteLength(JSON.stringify(value) ?? ''),
  }))
  return sizes.reduce((largest, size) => (size.bytes > largest.bytes ? size : largest), { name: 'product', bytes: 0 })
}
