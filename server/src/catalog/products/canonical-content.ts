import { canonicalList, canonicalText } from '../../platform/text/canonical-text.ts'

/** The embedded part of a product: texts and labels, already without markup. */
export interface ProductContent {
  name: string
  categories: string[]
  tags: string[]
  attributes: { name: string; options: string[] }[]
  shortDescription: string
  description: string
  brand?: string | null
  /** Lists of names, root first. */
  categoryPaths?: string[][] | null
}

/** A content in its canonical form. */
export interface CanonicalContent extends ProductContent {
  brand: string | null
  /** Of at least two names each: the others say no more than the categories. Null without any. */
  categoryPaths: string[][] | null
}

/**
 * Normalises contents with the same meaning to one form, the source of the content hash and the chunks: texts in NFC without
 * invisible characters, each list of labels sorted by code units and without duplicates. The visible product keeps the shop's
 * order.
 */
export function canonicalContent(content: ProductContent): CanonicalContent {
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
    brand: canonicalText(content.brand ?? '') || null,
    categoryPaths: canonicalPaths(content.categoryPaths ?? []),
  }
}

function canonicalPaths(paths: string[][]): string[][] | null {
  const keys = paths
    .map((path) => path.map(canonicalText).filter((name) => name !== ''))
    .filter((path) => path.length > 1)
    .map((path) => JSON.stringify(path))
  const distinct = [...new Set(keys)].sort()
  return distinct.length === 0 ? null : distinct.map((key) => JSON.parse(key) as string[])
}
