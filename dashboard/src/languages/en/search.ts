import type { Words } from '../fa.ts'

export const search: Words['search'] = {
  lead: 'Enter a customer’s question. The results are the same as the AI gets.',
  question: 'Question',
  placeholder: 'For example: light winter jacket',
  button: 'Search',
  filters: 'Filters',
  store: 'Store',
  allStores: 'All stores',
  inStockOnly: 'In stock only',
  category: 'Category',
  minPrice: 'Price from',
  maxPrice: 'Price to',
  currency: 'Currency',
  ownCurrency: 'Currency of the product',
  limit: 'Number of results',
  took: 'in {{time}}',
  found_one: '{{count, number}} product',
  found_other: '{{count, number}} products',
  degraded:
    'The vector of the question did not arrive in time, so this search used only words. Products with a similar meaning and other words are missing. Try again in a moment.',
  score: 'Score',
  text: 'Matching text',
  start: { title: 'Enter a question', text: 'Results show the current price and stock.' },
  none: { title: 'No products found', text: 'Try other words, or remove a filter.' },
}
