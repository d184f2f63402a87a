import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Profiles, Reindexed } from '../../../server/src/knowledge/profile-routes.ts'
import type { ProfileProgress } from '../../../server/src/knowledge/profiles.ts'
import type { Diagnosis } from '../../../server/src/operations/operator-routes.ts'
import type { Settings } from '../../../server/src/operations/settings/settings-routes.ts'
import { chosenLanguage } from '../languages/language.ts'
import { api } from './client.ts'
import type { Wire } from './wire.ts'

export type Profile = Wire<ProfileProgress>

/** The models and the share of texts that each covers; read again while one is being built. */
export function useProfiles() {
  return useQuery({
    queryKey: ['profiles'],
    queryFn: async ({ signal }) => (await api.get<Profiles>('/api/v1/knowledge/profiles/', {}, signal)).results,
    refetchInterval: ({ state }) => (state.data?.some(isBeingBuilt) ? 3_000 : 30_000),
  })
}

export function isBeingBuilt(profile: Profile): boolean {
  return profile.state !== 'retired' && profile.embedded < profile.texts
}

export function useReindex() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api.post<Reindexed>('/api/v1/knowledge/reindex/'),
    onSuccess: () => client.invalidateQueries({ queryKey: ['profiles'] }),
  })
}

/** Sends a request to the provider and writes an audit entry, so it runs only on demand. */
export function useDiagnosis() {
  return useQuery({
    // Asked for again by hand only, so not shown on in a language that is no longer chosen.
    queryKey: ['diagnosis', chosenLanguage()],
    queryFn: async ({ signal }) => (await api.get<Diagnosis>('/api/v1/diagnosis/', {}, signal)).results,
    enabled: false,
  })
}

/** The settings in use. Titles and descriptions are the server's, so they are asked for in each language. */
export function useSettings() {
  return useQuery({
    queryKey: ['settings', chosenLanguage()],
    queryFn: async ({ signal }) => (await api.get<Wire<Settings>>('/api/v1/settings/', {}, signal)).results,
  })
}
