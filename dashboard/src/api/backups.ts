import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  Backups as ServerBackups,
  StartedBackup,
} from '../../../server/src/operations/scheduled-backups/backup-routes.ts'
import { chosenLanguage } from '../languages/language.ts'
import { api } from './client.ts'
import type { Wire } from './wire.ts'

export type Backups = Wire<ServerBackups>
export type KeptBackup = Backups['results'][number]

const PATH = '/api/v1/backups/'
const RUNNING_MS = 2_000
const REFRESH_MS = 60_000

/** The kept backups; read again while one is being taken. */
export function useBackups() {
  return useQuery({
    queryKey: ['backups', chosenLanguage()],
    queryFn: ({ signal }) => api.get<Backups>(PATH, {}, signal),
    refetchInterval: ({ state }) => (state.data?.last_run?.state === 'running' ? RUNNING_MS : REFRESH_MS),
  })
}

export function useStartBackup() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api.post<StartedBackup>(PATH),
    onSettled: () => client.invalidateQueries({ queryKey: ['backups'] }),
  })
}

export function backupAddress(name: string): string {
  return `${PATH}${name}/`
}
