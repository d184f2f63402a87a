import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { MailReport } from '../../../server/src/tenants/mails/account-mails.ts'
import type {
  CreatedUser,
  NewUserBody,
  ResetLink,
  SecondFactorReset,
  User as ServerUser,
  UserPatchBody,
} from '../../../server/src/tenants/user-schemas.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type User = Wire<ServerUser>
export type { MailReport }

const PATH = '/api/v1/users'

export function useUsers(query: Query, options: { enabled?: boolean } = {}) {
  return useList<ServerUser>('users', `${PATH}/`, query, options)
}

export function useMakeUser() {
  const client = useQueryClient()
  return useMutation({
    // The answer may carry a one-time link: it goes with the component that shows it.
    gcTime: 0,
    mutationFn: (body: NewUserBody) => api.post<Wire<CreatedUser>>(`${PATH}/`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: ['users'] }),
  })
}

export function useChangeUser() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string } & UserPatchBody) => api.patch<User>(`${PATH}/${id}/`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: ['users'] }),
  })
}

export function useMakeResetLink() {
  return useMutation({ gcTime: 0, mutationFn: (id: string) => api.post<ResetLink>(`${PATH}/${id}/reset-link/`) })
}

export function useResetTwoFactor() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => api.post<SecondFactorReset>(`${PATH}/${id}/reset-two-factor/`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['users'] }),
  })
}

/** Every row of a tenant goes, and their user. */
export function useEraseTenant() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, confirm }: { id: number; confirm: string }) => api.delete(`/api/v1/tenants/${id}/`, { confirm }),
    onSuccess: () => client.invalidateQueries(),
  })
}
