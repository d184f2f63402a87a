import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { DeadLetter as ServerDeadLetter } from '../../../server/src/events/dead-letter-routes.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type DeadLetter = Wire<ServerDeadLetter>

const PATH = '/api/v1/dead-letters'

export function useDeadLetters(query: Query) {
  return useList<ServerDeadLetter>('dead-letters', `${PATH}/`, query, { refetchMs: 15_000 })
}

/** Asks the provider for a refused text again. */
export function useReplayText() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => api.post(`${PATH}/embedding/${id}/replay/`),
    onSettled: () => client.invalidateQueries({ queryKey: ['dead-letters'] }),
  })
}
