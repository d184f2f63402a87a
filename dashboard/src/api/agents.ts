import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  ConnectedAgent,
  DecisionBody,
  AuthorizationRequest as ServerRequest,
} from '../../../server/src/tenants/oauth/oauth-schemas.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type Agent = Wire<ConnectedAgent>
export type AuthorizationRequest = Wire<ServerRequest>

const PATH = '/api/v1/oauth'

export function useAgents(query: Query) {
  return useList<ConnectedAgent>('agents', `${PATH}/agents/`, query)
}

export function useRevokeAgent() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => api.delete(`${PATH}/agents/${id}/`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['agents'] }),
  })
}

/** The program that asks for access. `query` is that of the page's address, unchanged. */
export function useAuthorizationRequest(query: string) {
  return useQuery({
    queryKey: ['authorization', query],
    queryFn: () => api.post<AuthorizationRequest>(`${PATH}/request/`, { query }),
    // Read once: the user decides about what the page showed.
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
}

export function useDecide() {
  return useMutation({
    // The answer carries a one-time code.
    gcTime: 0,
    mutationFn: (decision: DecisionBody) => api.post<{ redirect_to: string }>(`${PATH}/decision/`, decision),
    // Every address that the server answers is https, or http on this device.
    onSuccess: ({ redirect_to: address }) => window.location.replace(address),
  })
}

const publicAddress = (storeId: number) => `/api/v1/stores/${storeId}/public-address/`

export function usePublicAddress(storeId: number) {
  return useQuery({
    queryKey: ['public-address', storeId],
    queryFn: async ({ signal }) =>
      (await api.get<{ address: string | null }>(publicAddress(storeId), {}, signal)).address,
  })
}

export function useChangePublicAddress(storeId: number) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (change: 'make' | 'remove') =>
      await (change === 'make' ? api.post(publicAddress(storeId)) : api.delete(publicAddress(storeId))),
    onSuccess: () => client.invalidateQueries({ queryKey: ['public-address', storeId] }),
  })
}
