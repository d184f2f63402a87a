import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { EventDetail } from '../../../server/src/events/event-detail.ts'
import type { Replayed } from '../../../server/src/events/event-routes.ts'
import type { EventView } from '../../../server/src/events/event-view.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type ShopEvent = Wire<EventView>
export type ShopEventDetail = Wire<EventDetail>

export const EVENTS_PATH = '/api/v1/integrations/woocommerce/events'

export function useEvents(query: Query) {
  return useList<EventView>('events', `${EVENTS_PATH}/`, query)
}

/** One event; asked again while it is open. */
export function useEvent(id: number) {
  return useQuery({
    queryKey: ['events', 'one', id],
    queryFn: ({ signal }) => api.get<ShopEventDetail>(`${EVENTS_PATH}/${id}/`, {}, signal),
    refetchInterval: ({ state }) => (state.data?.processed_successfully === null ? 2_000 : false),
  })
}

/** The number of dead letters that match a filter; nothing is replayed. */
export function useReplayPreview(filter: Query) {
  return useQuery({
    queryKey: ['events', 'replay', filter],
    queryFn: () => api.post<Replayed>(`${EVENTS_PATH}/replay/`, { ...filter, dry_run: true }),
    gcTime: 0,
  })
}

/** Gives dead letters all their retries again: one, or all of a filter. */
export function useReplay() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (what: { id: number } | { filter: Query }): Promise<Pick<Replayed, 'replayed'>> => {
      if ('filter' in what) return await api.post<Replayed>(`${EVENTS_PATH}/replay/`, what.filter)
      await api.post(`${EVENTS_PATH}/${what.id}/replay/`)
      return { replayed: 1 }
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['events'] }),
        client.invalidateQueries({ queryKey: ['dead-letters'] }),
        client.invalidateQueries({ queryKey: ['overview'] }),
      ]),
  })
}
