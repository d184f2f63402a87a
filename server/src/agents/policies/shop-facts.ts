import type { ShopFacts } from '../../knowledge/documents/document-schemas.ts'
import type { FoundPassage, StoreFacts } from '../../search/documents/find-passages.ts'
import { cutText, visibleLine, visibleText } from '../catalog/visible-text.ts'

const MAX_FACT = 200
const MAX_NAMES = 20
const MAX_NAME = 80
const MAX_URL = 1_000

/** Facts of a shop as they leave for a model: bounded, and without characters that hide something. */
export function visibleFacts({ store, shop }: StoreFacts): Record<string, unknown> {
  const line = (text: string | undefined) => (text === undefined ? undefined : cutText(visibleLine(text), MAX_FACT))
  const names = (list: string[] | undefined) =>
    list?.slice(0, MAX_NAMES).map((name) => cutText(visibleLine(name), MAX_NAME))
  const facts: Record<keyof Omit<ShopFacts, 'links'>, unknown> = {
    name: line(shop.name),
    address: line(shop.address),
    hours: line(shop.hours),
    phone: line(shop.phone),
    email: line(shop.email),
    shipping_zones: names(shop.shipping_zones),
    payment_methods: names(shop.payment_methods),
  }
  return {
    store: cutText(visibleLine(store.name), MAX_FACT),
    ...Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== '')),
  }
}

/** A passage as it leaves for a model. */
export function visiblePassage({ kind, title, url, text, relevance, store }: FoundPassage, maxText: number) {
  const heading = cutText(visibleLine(title), MAX_FACT)
  const seen = visibleText(text).trim()
  // Every passage begins with the title.
  const rest = seen.startsWith(heading) ? seen.slice(heading.length).trim() : seen
  return {
    title: heading,
    kind,
    url: url.length <= MAX_URL ? url : '',
    text: cutText(rest, maxText),
    relevance,
    store: cutText(visibleLine(store.name), MAX_FACT),
  }
}
