import { useMutation, useQueryClient } from '@tanstack/react-query'
import type {
  NewSynonymBody,
  Synonym as ServerSynonym,
  SynonymChange,
} from '../../../server/src/search/curation/curation-schemas.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type Synonym = Wire<ServerSynonym>

const PATH = '/api/v1/knowledge/synonyms'

export function useSynonyms(query: Query) {
  return useList<ServerSynonym>('synonyms', `${PATH}/`, query)
}

export function useMakeSynonym() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (body: NewSynonymBody) => api.post<Synonym>(`${PATH}/`, body),
    onSuccess: refresh,
  })
}

export function useChangeSynonym() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: ({ id, ...body }: { id: number } & SynonymChange) => api.patch<Synonym>(`${PATH}/${id}/`, body),
    onSuccess: refresh,
  })
}

export function useDeleteSynonym() {
  const refresh = useRefresh()
  return useMutation({ mutationFn: (id: number) => api.delete(`${PATH}/${id}/`), onSuccess: refresh })
}

/** The next search answers otherwise, too. */
function useRefresh() {
  const client = useQueryClient()
  return () => Promise.all(['synonyms', 'search'].map((key) => client.invalidateQueries({ queryKey: [key] })))
}
