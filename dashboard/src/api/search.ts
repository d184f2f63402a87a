import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { ProductView } from '../../../server/src/catalog/products/product-view.ts'
import type { SentResult } from '../../../server/src/search/search-answer.ts'
import type { SearchAnswer } from '../../../server/src/search/search-schemas.ts'
import { api, type Query } from './client.ts'
import type { Wire } from './wire.ts'

/** The answer with all fields of the products and with reasons. */
export type Found = Wire<Omit<SearchAnswer, 'results'> & { results: (SentResult & { product: ProductView })[] }>

/** Asks the knowledge base as an AI would; every asking counts as a query, so it is never repeated by itself. */
export function useSearch(query: (Query & { q: string }) | null) {
  return useQuery({
    queryKey: ['search', query],
    queryFn: ({ signal }) =>
      api.get<Found>('/api/v1/knowledge/search/', { ...query, fields: 'full', explain: true }, signal),
    enabled: query !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  })
}
