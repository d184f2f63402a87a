import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  ChangedDeadLetters,
  DeadLetterGroups,
  Kind,
  Replays,
  DeadLetter as ServerDeadLetter,
  DeadLetterGroup as ServerGroup,
  ReplayItem as ServerReplayItem,
} from '../../../server/src/events/dead-letters/dead-letter-schemas.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type DeadLetter = Wire<ServerDeadLetter>
export type DeadLetterGroup = Wire<ServerGroup>
export type ReplayItem = Wire<ServerReplayItem>
export type Replay = Wire<Replays>['results'][number]
export type Change = 'replay' | 'dismiss' | 'restore'

export type Filter = {
  user_id?: string
  store_id?: number
  kind?: Kind
  group?: string
  since?: string
  dismissed?: boolean
}
/** Dead letters to change: of a filter, or the named ones. */
export type Selection = Filter & { items?: { kind: Kind; id: number }[] }

const PATH = '/api/v1/dead-letters'
const KEY = 'dead-letters'
/** While dead letters of a replay are open, its outcome is asked for this often. */
const OPEN_REPLAY_MS = 3_000
const REFRESH_MS = 15_000

export function useDeadLetters(query: Query) {
  return useList<ServerDeadLetter>(KEY, `${PATH}/`, query, { refetchMs: REFRESH_MS })
}

/** Dead letters by their cause. */
export function useDeadLetterGroups(query: Query) {
  return useQuery({
    queryKey: [KEY, 'groups', query],
    queryFn: ({ signal }) => api.get<Wire<DeadLetterGroups>>(`${PATH}/groups/`, query, signal),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  })
}

/** The newest replays with their outcomes. */
export function useReplays(query: Query) {
  return useQuery({
    queryKey: [KEY, 'replays', query],
    queryFn: async ({ signal }) => (await api.get<Wire<Replays>>(`${PATH}/replays/`, query, signal)).results,
    refetchInterval: ({ state }) => (state.data?.some(({ waiting }) => waiting > 0) ? OPEN_REPLAY_MS : REFRESH_MS),
  })
}

/** The dead letters of one replay. */
export function useReplayItems(id: string) {
  return useList<ServerReplayItem>(KEY, `${PATH}/replays/${id}/`, { limit: 20 }, { refetchMs: OPEN_REPLAY_MS })
}

/** The number of dead letters of a selection; nothing is changed. */
export function useChangePreview(change: Change, selection: Selection) {
  return useQuery({
    queryKey: [KEY, 'preview', change, selection],
    queryFn: () => api.post<ChangedDeadLetters>(`${PATH}/${change}/`, { ...selection, dry_run: true }),
    gcTime: 0,
  })
}

/** Replays, dismisses or restores dead letters of both kinds. */
export function useChangeDeadLetters(change: Change) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (selection: Selection) => api.post<ChangedDeadLetters>(`${PATH}/${change}/`, selection),
    onSettled: () =>
      Promise.all([KEY, 'events', 'overview'].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  })
}
