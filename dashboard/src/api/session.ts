import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { AccountChange, Me } from '../../../server/src/tenants/user-schemas.ts'
import { api } from './client.ts'
import { ApiProblem } from './problem.ts'
import { SESSION_KEY } from './query-client.ts'
import type { Wire } from './wire.ts'

export type Session = Wire<Me>

/** The signed-in user; null without a session. */
export function useSession() {
  return useQuery({
    queryKey: SESSION_KEY,
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        return await api.get<Session>('/api/v1/me/', {}, signal)
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 401) return null
        throw error
      }
    },
    staleTime: 60_000,
  })
}

/** For pages that are shown only with a session. */
export function useMe(): Session {
  const { data } = useSession()
  if (!data) throw new Error('a page was shown without a session')
  return data
}

/** The beginning of a session: removes the previous user's data from the cache. */
export async function beginSession(client: QueryClient): Promise<void> {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] })
  await client.invalidateQueries({ queryKey: SESSION_KEY })
}

/** The answer of the first step says that a second one is needed; there is no session yet. */
export function useSignIn() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (given: { email: string; password: string }) =>
      api.post<{ twoFactorRedirect?: boolean }>('/api/auth/sign-in/email', { ...given, rememberMe: true }),
    onSuccess: async ({ twoFactorRedirect }) => {
      if (!twoFactorRedirect) await beginSession(client)
    },
  })
}

export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api.post('/api/auth/sign-out'),
    onSuccess: () => {
      client.setQueryData(SESSION_KEY, null)
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] })
    },
  })
}

export function useChangeAccount() {
  const client = useQueryClient()
  return useMutation({
    // It may carry the password: it goes with the form.
    gcTime: 0,
    mutationFn: (change: AccountChange) => api.patch<Session>('/api/v1/me/', change),
    onSuccess: async (me) => {
      client.setQueryData(SESSION_KEY, me)
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] })
    },
  })
}

/** Every other session of the person ends with it. */
export function useChangePassword() {
  return useMutation({
    gcTime: 0,
    mutationFn: (given: { currentPassword: string; newPassword: string }) =>
      api.post('/api/auth/change-password', given),
  })
}
