/** Stock statuses of a product that can be bought: WooCommerce's own two. Every other word, known or not, is not in stock. */
export const IN_STOCK_STATUSES = ['instock', 'onbackorder'] as const

/** Visibilities under which the shop shows a product; `catalog` shows it in the shop's lists but not in its search. */
export const SHOWN_VISIBILITIES = ['visible', 'catalog', 'search'] as const

const KNOWN_WORDS = new Set<string>([...IN_STOCK_STATUSES, 'outofstock', ...SHOWN_VISIBILITIES, 'hidden', 'publish'])

/**
 * One of the shop's words in WooCommerce's spelling: other programs write `OutOfStock`, `out_of_stock` or `Out of stock` for
 * `outofstock`. An unknown word stays as it was sent, and equals no known one.
 */
export function shopWord(word: string): string {
  const joined = word.toLowerCase().replaceAll(/[\s_-]+/g, '')
  return KNOWN_WORDS.has(joined) ? joined : word
}

/** False for an unknown word: a word that we do not know never puts a product on sale. */
export function isInStock(stockStatus: string): boolean {
  return (IN_STOCK_STATUSES as readonly string[]).includes(stockStatus)
}

/** The one place that decides whether the AI may know a product. An unknown word hides it. */
export function isShown(product: { status: string; catalog_visibility: string; password_protected: boolean }): boolean {
  return (
    product.status === 'publish' &&
    (SHOWN_VISIBILITIES as readonly string[]).includes(product.catalog_visibility) &&
    !product.password_protected
  )
}
