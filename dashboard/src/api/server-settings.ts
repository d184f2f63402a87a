import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  MailTestResult,
  ProviderTestResult,
  Settings,
  Version,
} from '../../../server/src/operations/settings/settings-routes.ts'
import { chosenLanguage } from '../languages/language.ts'
import { api } from './client.ts'
import type { Wire } from './wire.ts'

export type Setting = Wire<Settings>['results'][number]
/** New values by name; null: back to the environment's. */
export type Values = Record<string, string | boolean | null>

const PATH = '/api/v1/settings/'

/** Changes settings; the answers that depend on them are read again. */
export function useChangeSettings() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (values: Values) => api.patch<Wire<Settings>>(PATH, { values }),
    onSuccess: () =>
      Promise.all(
        ['settings', 'version', 'model', 'alert options'].map((key) => client.invalidateQueries({ queryKey: [key] })),
      ),
  })
}

export function useTestMail() {
  return useMutation({
    mutationFn: (values: Values) => api.post<MailTestResult>(`${PATH}test-mail/`, withValues(values)),
  })
}

export function useTestProvider() {
  return useMutation({
    mutationFn: ({ values, model }: { values: Values; model: string }) =>
      api.post<ProviderTestResult>(`${PATH}test-provider/`, { ...withValues(values), ...(model !== '' && { model }) }),
  })
}

function withValues(values: Values) {
  return Object.keys(values).length === 0 ? {} : { values }
}

export function useVersion() {
  return useQuery({
    queryKey: ['version', chosenLanguage()],
    queryFn: ({ signal }) => api.get<Wire<Version>>('/api/v1/version/', {}, signal),
    refetchInterval: 60_000,
  })
}
