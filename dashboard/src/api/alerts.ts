import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Alert as ServerAlert } from '../../../server/src/alerts/alert-schemas.ts'
import type {
  AlertOptions,
  AlertTestResult,
  ChannelChange,
  NewChannelBody,
  AlertChannel as ServerChannel,
  AlertDelivery as ServerDelivery,
  MadeAlertChannel as ServerMadeChannel,
} from '../../../server/src/alerts/channel-schemas.ts'
import type { Page } from '../../../server/src/platform/http/lists.ts'
import { chosenLanguage } from '../languages/language.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type Alert = Wire<ServerAlert>
export type AlertChannel = Wire<ServerChannel>
export type MadeAlertChannel = Wire<ServerMadeChannel>
export type AlertDelivery = Wire<ServerDelivery>
export type ChannelKind = AlertChannel['kind']
export type { AlertOptions, AlertTestResult, ChannelChange, NewChannelBody }

const ALERTS = '/api/v1/alerts/'
const CHANNELS = '/api/v1/alert-channels/'
const REFRESH_MS = 60_000

/** The sentences are the server's, so another language is another answer. */
export function useAlerts(query: Query) {
  return useList<ServerAlert>(`alerts ${chosenLanguage()}`, ALERTS, query, { refetchMs: REFRESH_MS })
}

/** Number of open alerts that concern the user and are not acknowledged. */
export function useOpenAlerts() {
  return useQuery({
    queryKey: ['alerts open'],
    queryFn: async ({ signal }) => {
      const asked = { state: 'open', is_acknowledged: false, own: true, limit: 1 }
      return (await api.get<Page<Alert>>(ALERTS, asked, signal)).count
    },
    refetchInterval: REFRESH_MS,
    staleTime: REFRESH_MS / 2,
  })
}

export function useAcknowledge() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (id: number) => api.post<Alert>(`${ALERTS}${id}/acknowledge/`),
    onSuccess: refresh,
  })
}

export function useChannels(query: Query) {
  return useList<ServerChannel>(`channels ${chosenLanguage()}`, CHANNELS, query, { refetchMs: REFRESH_MS })
}

export function useAlertOptions() {
  return useQuery({
    queryKey: ['alert options', chosenLanguage()],
    queryFn: ({ signal }) => api.get<AlertOptions>(`${CHANNELS}options/`, {}, signal),
    staleTime: 5 * REFRESH_MS,
  })
}

export function useDeliveries(channelId: number) {
  return useList<ServerDelivery>(`deliveries ${chosenLanguage()}`, `${CHANNELS}${channelId}/deliveries/`, { limit: 20 })
}

export function useMakeChannel() {
  const refresh = useRefresh()
  return useMutation({
    // It carries secrets: they go with the form.
    gcTime: 0,
    mutationFn: (body: NewChannelBody) => api.post<MadeAlertChannel>(CHANNELS, body),
    onSuccess: refresh,
  })
}

export function useChangeChannel() {
  const refresh = useRefresh()
  return useMutation({
    gcTime: 0,
    mutationFn: ({ id, ...change }: { id: number } & ChannelChange) =>
      api.patch<AlertChannel>(`${CHANNELS}${id}/`, change),
    onSuccess: refresh,
  })
}

export function useDeleteChannel() {
  const refresh = useRefresh()
  return useMutation({ mutationFn: (id: number) => api.delete(`${CHANNELS}${id}/`), onSuccess: refresh })
}

export function useRotateChannelSecret() {
  const refresh = useRefresh()
  return useMutation({
    gcTime: 0,
    mutationFn: (id: number) => api.post<MadeAlertChannel>(`${CHANNELS}${id}/rotate-secret/`),
    onSuccess: refresh,
  })
}

export function useResumeChannel() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (id: number) => api.post<AlertChannel>(`${CHANNELS}${id}/resume/`),
    onSuccess: refresh,
  })
}

export function useTestChannel() {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (id: number) => api.post<AlertTestResult>(`${CHANNELS}${id}/test/`),
    onSettled: refresh,
  })
}

const KEYS = /^(alerts|channels|deliveries) /

function useRefresh() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ predicate: ({ queryKey }) => KEYS.test(`${queryKey[0]}`) })
}
