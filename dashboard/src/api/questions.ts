import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  GroupOfQuestions,
  Question as ServerQuestion,
  QuestionsOfClient as ServerQuestionsOfClient,
  QuestionsSummary as ServerSummary,
} from '../../../server/src/questions/question-schemas.ts'
import type {
  QuestionSettings as ServerSettings,
  SettingsChange,
} from '../../../server/src/questions/question-settings.ts'
import { api, type Query, withQuery } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type Question = Wire<ServerQuestion>
export type QuestionGroup = Wire<GroupOfQuestions>
export type QuestionsOfClient = Wire<ServerQuestionsOfClient>
export type QuestionsSummary = Wire<ServerSummary>
export type QuestionSettings = Wire<ServerSettings>

const PATH = '/api/v1/questions/'

export function useQuestions(query: Query) {
  return useList<ServerQuestion>('questions', PATH, query)
}

/** The figures of the last hours, read again every minute. */
export function useQuestionsSummary(query: Query & { hours: number }) {
  return useQuery({
    queryKey: ['questions', 'summary', query],
    queryFn: ({ signal }) => api.get<QuestionsSummary>(`${PATH}summary/`, query, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
}

/** The settings of the chosen tenant. */
export function useQuestionSettings(scope: Query) {
  return useQuery({
    queryKey: ['questions', 'settings', scope],
    queryFn: ({ signal }) => api.get<QuestionSettings>(`${PATH}settings/`, scope, signal),
  })
}

export function useChangeQuestionSettings(scope: { user_id?: string }) {
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (change: SettingsChange) => api.patch<QuestionSettings>(`${PATH}settings/`, { ...change, ...scope }),
    onSuccess: refresh,
  })
}

export function useDeleteQuestions(scope: Query) {
  const refresh = useRefresh()
  return useMutation({ mutationFn: () => api.delete(withQuery(PATH, scope)), onSuccess: refresh })
}

function useRefresh() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['questions'] })
}
