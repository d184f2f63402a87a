import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Overview as ServerOverview } from '../../../server/src/overview/overview-schemas.ts'
import { api, type Query } from './client.ts'
import type { Wire } from './wire.ts'

export type Overview = Wire<ServerOverview>

/** The figures of an overview, read again every 15 s. */
export function useOverview(query: Query & { hours: number }) {
  return useQuery({
    queryKey: ['overview', query],
    queryFn: ({ signal }) => api.get<Overview>('/api/v1/overview/', query, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  })
}
