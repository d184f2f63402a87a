import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiProblem } from './problem.ts'

export const SESSION_KEY = ['me']

/** After a 401 the session has ended: the sign-in page replaces the page, and the address stays. */
function noteSignedOut(error: unknown): void {
  if (error instanceof ApiProblem && error.status === 401) queryClient.setQueryData(SESSION_KEY, null)
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteSignedOut }),
  mutationCache: new MutationCache({ onError: noteSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < 3 && error instanceof ApiProblem && error.isTemporary,
      retryDelay: (_failures, error) =>
        Math.min(error instanceof ApiProblem ? (error.retryAfterSeconds ?? 1) : 1, 30) * 1000,
    },
    mutations: { retry: false },
  },
})
