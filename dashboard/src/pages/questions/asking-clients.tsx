import { useTranslation } from 'react-i18next'
import type { QuestionsOfClient } from '../../api/questions.ts'
import { type Column, Table } from '../../components/lists/list-table.tsx'
import { Section } from '../../components/section.tsx'
import { useFormats } from '../../format.ts'

/** The programs that asked, the most active first. */
export function AskingClients({ clients }: { clients: QuestionsOfClient[] }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const access = useAccessName()
  const figure = (key: 'questions' | 'unanswered' | 'clicks' | 'conversions', header: string) => ({
    key,
    header,
    cell: (client: QuestionsOfClient) => number(client[key]),
  })
  const columns: Column<QuestionsOfClient>[] = [
    {
      key: 'client',
      header: t('questions.agents.client'),
      isTitle: true,
      cell: ({ client }) => <bdi lang="en">{client || t('questions.agents.unnamed')}</bdi>,
    },
    { key: 'access', header: t('questions.agents.access'), cell: (client) => <bdi>{access(client)}</bdi> },
    figure('questions', t('questions.columns.times')),
    figure('unanswered', t('questions.columns.unanswered')),
    figure('clicks', t('questions.columns.clicks')),
    figure('conversions', t('questions.columns.conversions')),
  ]
  return (
    <Section title={t('questions.agents.title')} hint={t('questions.agents.hint')}>
      <Table
        label={t('questions.agents.title')}
        rows={clients}
        rowKey={({ client, token, agent, is_guest: isGuest }) => [client, token?.id, agent?.id, isGuest].join(' ')}
        columns={columns}
      />
    </Section>
  )
}

/** The name of a token or a connected agent; a guest has neither. */
export function useAccessName() {
  const { t } = useTranslation()
  return ({ token, agent, is_guest: isGuest }: Pick<QuestionsOfClient, 'token' | 'agent' | 'is_guest'>) =>
    agent?.name ?? token?.name ?? t(isGuest ? 'questions.agents.guest' : 'common.none')
}
