import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  FreshnessFinding as ServerFinding,
  StoreFreshness as ServerFreshness,
  FreshnessSummary as ServerSummary,
} from '../../../server/src/freshness/freshness-schemas.ts'
import type { Reconciliation as ServerReconciliation } from '../../../server/src/plugin-api/drift-history.ts'
import type { Resend as ServerResend } from '../../../server/src/plugin-api/resend.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type Freshness = Wire<ServerFreshness>
export type Finding = Wire<ServerFinding>
export type FreshnessSummary = Wire<ServerSummary>
export type Reconciliation = Wire<ServerReconciliation>
export type Resend = Wire<ServerResend>

/** The body of a request to send products again. */
export interface NewResend {
  kind: Resend['kind']
  product_ids?: number[]
  category?: string
  since?: string
}

const ofStore = (id: number) => `/api/v1/stores/${id}`

/** How often the answers about a store are right. */
export function useFreshness(id: number) {
  return useQuery({
    queryKey: ['freshness', id],
    queryFn: ({ signal }) => api.get<Freshness>(`${ofStore(id)}/freshness/`, {}, signal),
    refetchInterval: 30_000,
  })
}

export function useChangeFreshness(id: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (isOn: boolean) => api.patch<Freshness>(`${ofStore(id)}/freshness/`, { is_on: isOn }),
    onSuccess: (changed) => client.setQueryData(['freshness', id], changed),
  })
}

export function useCheckFreshness(id: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api.post<{ message: string }>(`${ofStore(id)}/freshness/check/`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['freshness'] }),
  })
}

/** The figure of all stores of a scope. */
export function useFreshnessSummary(scope: Query) {
  return useQuery({
    queryKey: ['freshness', 'summary', scope],
    queryFn: ({ signal }) => api.get<FreshnessSummary>('/api/v1/freshness/', scope, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
}

/** The reconciliations of a store, newest first. */
export function useDrift(id: number) {
  return useList<ServerReconciliation>('drift', `${ofStore(id)}/drift/`, { limit: 10 }, { refetchMs: 60_000 })
}

/** Requests to send products again, newest first. */
export function useResends(id: number) {
  return useList<ServerResend>('resends', `${ofStore(id)}/resend/`, { limit: 5 }, { refetchMs: 10_000 })
}

export function useResend(id: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: NewResend) => api.post<Resend>(`${ofStore(id)}/resend/`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: ['resends'] }),
  })
}

export function useCancelResend(id: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (request: number) => api.delete(`${ofStore(id)}/resend/${request}/`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['resends'] }),
  })
}

/** Names of the categories that the products of a store have. */
export function useCategories(storeId: number, isWanted: boolean) {
  return useQuery({
    queryKey: ['categories', storeId],
    queryFn: async ({ signal }) =>
      (
        await api.get<{ results: { name: string }[] }>('/api/v1/knowledge/categories/', { store_id: storeId }, signal)
      ).results.map(({ name }) => name),
    enabled: isWanted,
  })
}
