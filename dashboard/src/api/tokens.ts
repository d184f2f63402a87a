import { useMutation, useQueryClient } from '@tanstack/react-query'
import type {
  NewTokenBody,
  RotateTokenBody,
  Token as ServerToken,
  ShownToken,
} from '../../../server/src/tenants/tokens/token-schemas.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type Token = Wire<ServerToken>
export type MadeToken = Wire<ShownToken>

const PATH = '/api/v1/integrations/tokens'

export function useTokens(query: Query) {
  return useList<ServerToken>('tokens', `${PATH}/`, query)
}

export function useMakeToken() {
  const client = useQueryClient()
  return useMutation({
    // The answer carries the token: it goes with the component that shows it.
    gcTime: 0,
    mutationFn: (body: NewTokenBody) => api.post<MadeToken>(`${PATH}/generate/`, body),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['tokens'] }),
        client.invalidateQueries({ queryKey: ['stores'] }),
      ]),
  })
}

export function useRotateToken() {
  const client = useQueryClient()
  return useMutation({
    gcTime: 0,
    mutationFn: ({ id, ...body }: { id: number } & RotateTokenBody) =>
      api.post<MadeToken>(`${PATH}/${id}/rotate/`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  })
}

export function useRevokeToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => api.delete(`${PATH}/${id}/`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  })
}

export function useConfirmSite() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => api.post<Token>(`${PATH}/${id}/confirm-site/`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  })
}
