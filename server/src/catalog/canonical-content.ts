import { canonicalList, canonicalText } from '../platform/canonical-text.ts'

/** The embedded part of a product: its texts and labels, already without markup. */
export interface ProductContent {
  name: string
  categories: string[]
  tags: string[]
  attributes: { name: string; options: string[] }[]
  shortDescription: string
  description: string
}

/**
 * The one form of contents that say the same, from which the content hash and the chunks are made: texts in NFC and without
 * characters that show nothing, each list of labels sorted by its units and without repeats. What people see keeps the shop's order.
 */
export function canonicalContent(content: ProductContent): ProductContent {
  return {
    name: canonicalText(content.name),
    shortDescription: canonicalText(content.shortDescription),
    description: canonicalText(content.description),
    categories: canonicalList(content.categories),
    tags: canonicalList(content.tags),
    attributes: content.attributes
      .map(({ name, options }) => ({ name: canonicalText(name), options: canonicalList(options) }))
      .map((attribute) => ({ attribute, key: JSON.stringify([attribute.name, attribute.options]) }))
      .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
      .map(({ attribute }) => attribute),
  }
}
