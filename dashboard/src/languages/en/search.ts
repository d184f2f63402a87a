import type { Words } from '../fa.ts'

export const search: Words['search'] = {
  lead: 'Ask as a customer asks the AI, and see the answer that it is given.',
  question: 'Question',
  placeholder: 'Such as: light winter jacket',
  button: 'Search',
  filters: 'Filters',
  store: 'Store',
  allStores: 'All stores',
  inStockOnly: 'In stock only',
  category: 'Category',
  minPrice: 'Price from',
  maxPrice: 'Price to',
  currency: 'Unit of the price',
  ownCurrency: 'The product’s own',
  limit: 'How many',
  took: 'in {{time}}',
  found_one: '{{count, number}} product',
  found_other: '{{count, number}} products',
  degraded:
    'The question’s vector did not come in time, so words answered alone. Search works, but does not see what is meant alike.',
  score: 'Score',
  text: 'The text that was found',
  start: { title: 'Ask something', text: 'Results come with the price and stock of this moment.' },
  none: { title: 'Nothing was found', text: 'Try other words, or fewer filters.' },
}
