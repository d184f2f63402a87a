import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Page } from '../../../server/src/platform/http/lists.ts'
import type { NewRuleBody, SearchRule as ServerRule } from '../../../server/src/search/curation/curation-schemas.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type SearchRule = Wire<ServerRule>

const PATH = '/api/v1/knowledge/search-rules'

export function useRules(query: Query) {
  return useList<ServerRule>('search-rules', `${PATH}/`, query)
}

export function useMakeRule() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (body: NewRuleBody) => api.post<SearchRule>(`${PATH}/`, body),
    onSuccess: refresh,
  })
}

export function useMoveRule() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: ({ id, position }: { id: number; position: number }) =>
      api.patch<SearchRule>(`${PATH}/${id}/`, { position }),
    onSuccess: refresh,
  })
}

export function useDeleteRule() {
  const refresh = useRefresh()
  return useMutation({ mutationFn: (id: number) => api.delete(`${PATH}/${id}/`), onSuccess: refresh })
}

/** Deletes the pin of a product to a query, whose id a result of a search does not have. */
export function useUnpin() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: async ({ query, productId }: { query: string; productId: number }) => {
      const { results } = await api.get<Page<SearchRule>>(`${PATH}/`, { kind: 'pin', query, product_id: productId })
      for (const { id } of results) await api.delete(`${PATH}/${id}/`)
    },
    onSuccess: refresh,
  })
}

/** The next search answers otherwise, too. */
function useRefresh() {
  const client = useQueryClient()
  return () => Promise.all(['search-rules', 'search'].map((key) => client.invalidateQueries({ queryKey: [key] })))
}
