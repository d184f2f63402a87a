import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from './client.ts'
import { beginSession } from './session.ts'

const PATH = '/api/auth/two-factor'
const KEY = ['two-factor']

export interface TwoFactorState {
  isOn: boolean
  isReadable: boolean
  backupCodesLeft: number
}

/** The second factor of the own account. */
export function useTwoFactor() {
  return useQuery({ queryKey: KEY, queryFn: ({ signal }) => api.get<TwoFactorState>(PATH, {}, signal) })
}

/** The second step of a sign-in. */
export function useSecondStep() {
  const client = useQueryClient()
  return useMutation({
    gcTime: 0,
    mutationFn: (given: { code: string; trustDevice: boolean }) => api.post(`${PATH}/verify`, given),
    onSuccess: () => beginSession(client),
  })
}

/** A new key. It counts only after the first code. */
export function useBeginTwoFactor() {
  return useMutation({
    gcTime: 0,
    mutationFn: (given: { password: string }) => api.post<{ uri: string; key: string }>(`${PATH}/enable`, given),
  })
}

/** An answer carries the backup codes: it goes with the component that shows them. */
function useChange<Given, Answer = { backupCodes: string[] }>(path: string) {
  const client = useQueryClient()
  return useMutation({
    gcTime: 0,
    mutationFn: (given: Given) => api.post<Answer>(`${PATH}/${path}`, given),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  })
}

export const useConfirmTwoFactor = () => useChange<{ code: string }>('confirm')
export const useMakeBackupCodes = () => useChange<{ password: string; code: string }>('generate-backup-codes')
export const useTurnOffTwoFactor = () => useChange<{ password: string; code: string }, { isOn: boolean }>('disable')

/** A link for a forgotten password: whether the server can send one, and the request. */
export function useSignInOptions() {
  return useQuery({
    queryKey: ['sign-in-options'],
    queryFn: ({ signal }) => api.get<{ canMailLinks: boolean }>('/api/auth/sign-in-options', {}, signal),
  })
}

export function useAskForLink() {
  return useMutation({ mutationFn: (email: string) => api.post('/api/auth/request-password-link', { email }) })
}
