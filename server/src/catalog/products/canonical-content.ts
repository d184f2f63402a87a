import { canonicalList, canonicalText } from '../../platform/text/canonical-text.ts'

/** The embedded part of a product: texts and labels, already without markup. */
export interface ProductContent {
  name: string
  categories: string[]
  tags: string[]
  attributes: { name: string; options: string[] }[]
  shortDescription: string
  description: string
}

/**
 * Normalises contents with the same meaning to one form, the source of the content hash and the chunks: texts in NFC without
 * invisible characters, each list of labels sorted by code units and without duplicates. The visible product keeps the shop's
 * order.
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
