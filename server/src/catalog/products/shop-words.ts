/** Stock statuses in which a product can be bought: two of WooCommerce. Any other word is not in stock. */
export const IN_STOCK_STATUSES = ['instock', 'onbackorder'] as const

/** Visibilities in which the shop shows a product; `catalog` shows it in lists but not in search. */
export const SHOWN_VISIBILITIES = ['visible', 'catalog', 'search'] as const

const KNOWN_WORDS = new Set<string>([...IN_STOCK_STATUSES, 'outofstock', ...SHOWN_VISIBILITIES, 'hidden', 'publish'])

/**
 * Normalises a status word to WooCommerce's spelling: other programs write `OutOfStock`, `out_of_stock` or `Out of stock` for
 * `outofstock`. An unknown word stays unchanged and equals no known one.
 */
export function shopWord(word: string): string {
  const joined = word.toLowerCase().replaceAll(/[\s_-]+/g, '')
  return KNOWN_WORDS.has(joined) ? joined : word
}

/** False for an unknown word, so that it never makes a product available. */
export function isInStock(stockStatus: string): boolean {
  return (IN_STOCK_STATUSES as readonly string[]).includes(stockStatus)
}

/** The only decision whether the AI may know a product. An unknown word hides it. */
export function isShown(product: { status: string; catalog_visibility: string; password_protected: boolean }): boolean {
  return (
    product.status === 'publish' &&
    (SHOWN_VISIBILITIES as readonly string[]).includes(product.catalog_visibility) &&
    !product.password_protected
  )
}
