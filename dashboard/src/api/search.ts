import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { SearchAnswer } from '../../../server/src/search/search-routes.ts'
import { api, type Query } from './client.ts'
import type { Wire } from './wire.ts'

export type Found = Wire<SearchAnswer>

/** Asks the knowledge base as an AI would; every asking counts as a query, so it is never repeated by itself. */
export function useSearch(query: (Query & { q: string }) | null) {
  return useQuery({
    queryKey: ['search', query],
    queryFn: ({ signal }) => api.get<Found>('/api/v1/knowledge/search/', query ?? {}, signal),
    enabled: query !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  })
}
