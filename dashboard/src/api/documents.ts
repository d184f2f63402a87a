import { useQuery } from '@tanstack/react-query'
import type { DocumentSummary, ShopFacts } from '../../../server/src/knowledge/documents/document-schemas.ts'
import type { StoreDocuments as ServerDocuments } from '../../../server/src/stores/store-documents-routes.ts'
import { api } from './client.ts'
import type { Wire } from './wire.ts'

export type StoreDocument = Wire<DocumentSummary>
export type StoreDocuments = Wire<ServerDocuments>
export type { ShopFacts }

/** The pages that a shop has sent; read again while one of them waits for its vectors. */
export function useStoreDocuments(storeId: number) {
  return useQuery({
    queryKey: ['stores', 'documents', storeId],
    queryFn: ({ signal }) => api.get<StoreDocuments>(`/api/v1/stores/${storeId}/documents/`, {}, signal),
    refetchInterval: ({ state }) =>
      state.data?.results.some((document) => document.state === 'embedding') ? 3_000 : 30_000,
  })
}
