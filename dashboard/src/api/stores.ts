import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { StoreReadiness } from '../../../server/src/stores/store-readiness.ts'
import type {
  NewStoreBody,
  Store as ServerStore,
  StoreChange,
  StoreProgress,
} from '../../../server/src/stores/store-schemas.ts'
import type { Unfindable as ServerUnfindable } from '../../../server/src/sync/find-unfindable.ts'
import type { SyncSummary as ServerSummary, StoreSync } from '../../../server/src/sync/read-sync.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type Store = Wire<ServerStore>
export type Progress = Wire<StoreProgress>
export type Plugin = NonNullable<Store['plugin']>
export type Sync = Wire<StoreSync>
export type SyncSummary = Wire<ServerSummary>
export type Unfindable = Wire<ServerUnfindable>
export type UnfindableGroup = Unfindable['group']

const PATH = '/api/v1/stores'

export function useStores(query: Query, options: { refetchMs?: number } = {}) {
  return useList<ServerStore>('stores', `${PATH}/`, query, options)
}

export function useMakeStore() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: NewStoreBody) => api.post<Store>(`${PATH}/`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: ['stores'] }),
  })
}

export function useChangeStore() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: { id: number } & StoreChange) => api.patch<Store>(`${PATH}/${id}/`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: ['stores'] }),
  })
}

export function useDeleteStore() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => api.delete(`${PATH}/${id}/`),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['stores'] }),
        client.invalidateQueries({ queryKey: ['tokens'] }),
      ]),
  })
}

/** The progress of one store; read again every `refetchMs` while the page waits for a change. */
export function useStoreProgress(id: number, options: { refetchMs?: number } = {}) {
  return useQuery({
    queryKey: ['stores', 'progress', id],
    queryFn: ({ signal }) => api.get<Progress>(`${PATH}/${id}/progress/`, {}, signal),
    ...(options.refetchMs !== undefined && { refetchInterval: options.refetchMs }),
  })
}

/** The products of a store that the AI does not find. */
export function useUnfindable(id: number, group: UnfindableGroup) {
  const query = { group, limit: 20 }
  return useList<ServerUnfindable>(`unfindable ${id}`, `${PATH}/${id}/unfindable/`, query, { refetchMs: 15_000 })
}

/** How ready the products of a store are for agents. */
export function useStoreReadiness(id: number) {
  return useQuery({
    queryKey: ['stores', 'readiness', id],
    queryFn: ({ signal }) => api.get<StoreReadiness>(`${PATH}/${id}/readiness/`, {}, signal),
    refetchInterval: 60_000,
  })
}
