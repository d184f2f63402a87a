import { priceWords } from '../../agents/catalog/money.ts'
import { cutText, visibleLine } from '../../agents/catalog/visible-text.ts'
import type { Language } from '../../platform/i18n.ts'
import type { CategoryCount } from '../../search/look-up-products.ts'
import type { FeedEntry } from '../feed-items.ts'
import type { ServedFeed } from '../feeds.ts'

/** Products that `llms.txt` lists; the rest is found by search. */
export const MAX_LLMS_PRODUCTS = 1_000
const MAX_CATEGORIES = 100
const MAX_TITLE = 150

const WORDS: Record<Language, Record<'summary' | 'search' | 'categories' | 'products' | 'none', string>> = {
  en: {
    summary: 'Catalogue of this online shop. Prices and stock are those of the moment in which this file was read.',
    search: 'Search this catalogue over MCP',
    categories: 'Categories',
    products: 'Products',
    none: 'out of stock',
  },
  fa: {
    summary: 'کاتالوگ این فروشگاه اینترنتی. قیمت و موجودی مربوط به لحظهٔ خواندن این فایل است.',
    search: 'جست‌وجو در این کاتالوگ با MCP',
    categories: 'دسته‌ها',
    products: 'محصولات',
    none: 'ناموجود',
  },
}

/** The language of the file: that of the feed, or of the shop's name. */
export function languageOf({ language, storeName }: ServedFeed): Language {
  if (language !== null) return language === 'fa' ? 'fa' : 'en'
  return /\p{Script=Arabic}/u.test(storeName) ? 'fa' : 'en'
}

/** The part of `llms.txt` before the products. `mcpAddress` is the store's public address; null: it has none. */
export function llmsHead(feed: ServedFeed, categories: CategoryCount[], mcpAddress: string | null): string {
  const words = WORDS[languageOf(feed)]
  const format = new Intl.NumberFormat(languageOf(feed) === 'fa' ? 'fa-IR' : 'en-US')
  const names = categories
    .slice(0, MAX_CATEGORIES)
    .map(({ name, products }) => `- ${markdown(name)} (${format.format(products)})`)
  return [
    `# ${markdown(feed.storeName)}`,
    `> ${words.summary}`,
    ...(names.length > 0 ? [`${words.categories}:`, names.join('\n')] : []),
    ...(mcpAddress === null ? [] : ['## MCP', `- [${words.search}](${mcpAddress})`]),
    `## ${words.products}`,
    '',
  ].join('\n\n')
}

/** The line of a product; empty when the feed leaves it out. */
export function llmsLine({ items, title, link, product }: FeedEntry, language: Language): string {
  if (items.length === 0 || link === null) return ''
  const note = [
    visibleLine(priceWords(product.price, product.currency, language)),
    ...(product.in_stock ? [] : [WORDS[language].none]),
  ].join(language === 'fa' ? '، ' : ', ')
  return `- [${markdown(cutText(title, MAX_TITLE))}](${link.replaceAll('(', '%28').replaceAll(')', '%29')}): ${note}\n`
}

/** A name as text of Markdown: it opens no link, heading or code. */
function markdown(name: string): string {
  return visibleLine(name).replace(/[\\`*_[\]<>#|]/g, '\\$&')
}
