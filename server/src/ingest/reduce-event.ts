import { htmlToText } from '../platform/text/clean-html.ts'
import { EXTRA_FIELDS, WebhookEvent, WebhookProduct, type WebhookVariation } from './event-schema.ts'

/** Texts of a product in the order of truncation: the description is nearly always the longest. */
const TEXTS = ['description', 'short_description'] as const
/** A run of this many ASCII characters without a space or tag is an embedded file or minified code. */
const ENCODED_RUN = /[!-;=?-~]{1000,}/g
/** Start and end of HTML parts that are never shown. */
const HIDDEN_PARTS = [
  ['<!--', '-->'],
  ['<script', '</script>'],
  ['<style', '</style>'],
] as const

/**
 * Reduces an event that is too large to be stored. It removes, in this order: data that is not text (embedded pictures, comments,
 * scripts), markup, unknown fields, unused fields, and finally the ends of texts, whose names go to `product.texts_cut`. Price,
 * stock and visibility stay unchanged. `bytesOver` returns the bytes above the limit. Returns null when the lists (variations,
 * attributes) alone are too large. Does not change `event`, which has passed its schema.
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

/** Uses indexes: a regular expression from start to end takes quadratic time when no end follows. A part without an end stays. */
function withoutParts(text: string, start: string, end: string): string {
  const lower = text.toLowerCase()
  // Lower case may change the length (İ). The positions would not match then, so this step is skipped; the later cleaning removes
  // the parts.
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

/** One byte less of text is at least one byte less of JSON. */
function withTextCut(event: WebhookEvent, name: (typeof TEXTS)[number], excessBytes: number): WebhookEvent {
  const bytes = Buffer.from(String(event.product[name] || ''))
  // Reserves 64 bytes for the name in `texts_cut`.
  const kept = bytes.subarray(0, Math.max(0, bytes.length - excessBytes - 64)).toString()
  const before = Array.isArray(event.product.texts_cut) ? event.product.texts_cut : []
  const product = { ...event.product, [name]: kept.replace(/\ufffd$/, ''), texts_cut: [...before, name] }
  return { ...event, product }
}

/** The largest field that cannot be reduced, in JSON bytes, for the error message. */
export function largestField(event: WebhookEvent): { name: string; bytes: number } {
  const reducible: string[] = [...TEXTS, ...EXTRA_FIELDS.product]
  const sizes = Object.entries(without(onlyKnownFields(event).product, reducible)).map(([name, value]) => ({
    name: `product.${name}`,
    bytes: Buffer.byteLength(JSON.stringify(value) ?? ''),
  }))
  return sizes.reduce((largest, size) => (size.bytes > largest.bytes ? size : largest), { name: 'product', bytes: 0 })
}
