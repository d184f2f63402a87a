import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  NewFeedBody,
  FeedCoverage as ServerCoverage,
  Feed as ServerFeed,
  ShownFeed,
} from '../../../server/src/feeds/feed-schemas.ts'
import { api } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type Feed = Wire<ServerFeed>
export type MadeFeed = Wire<ShownFeed>
export type FeedKind = Feed['kind']
export type FeedCoverage = Wire<ServerCoverage>

const PATH = '/api/v1/feeds'

export function useFeeds(storeId: number) {
  return useList<ServerFeed>('feeds', `${PATH}/`, { store_id: storeId, limit: 50 })
}

export function useFeedCoverage(id: number) {
  return useQuery({
    queryKey: ['feed-coverage', id],
    queryFn: ({ signal }) => api.get<FeedCoverage>(`${PATH}/${id}/coverage/`, {}, signal),
  })
}

export function useMakeFeed() {
  const client = useQueryClient()
  return useMutation({
    // The answer carries the address: it goes with the component that shows it.
    gcTime: 0,
    mutationFn: (body: NewFeedBody) => api.post<MadeFeed>(`${PATH}/`, body),
    onSuccess: () => client.invalidateQueries({ queryKey: ['feeds'] }),
  })
}

export function useRotateFeed() {
  const client = useQueryClient()
  return useMutation({
    gcTime: 0,
    mutationFn: (id: number) => api.post<MadeFeed>(`${PATH}/${id}/rotate/`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['feeds'] }),
  })
}

export function useRevokeFeed() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: number) => api.delete(`${PATH}/${id}/`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['feeds'] }),
  })
}
