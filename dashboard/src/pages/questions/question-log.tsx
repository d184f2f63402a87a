import { Anchor, Text } from '@mantine/core'
import { IconMessageQuestion } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { csvAddress } from '../../api/lists.ts'
import { type Question, useQuestions } from '../../api/questions.ts'
import { useMe } from '../../api/session.ts'
import { StateBadge } from '../../components/badge.tsx'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { ChoiceFilter, FilterBar, StoreFilter, TextFilter } from '../../components/lists/filter-bar.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { useFilters } from '../../components/lists/use-filters.ts'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'
import { useHref, useScope } from '../../layout/scope.ts'
import { ListSection } from '../synonyms/list-section.tsx'
import { useAccessName } from './asking-clients.tsx'
import classes from './questions.module.css'

const FILTERS = ['text', 'answered', 'channel', 'store_id'] as const
const CHANNELS = ['search', 'documents', 'context', 'mcp', 'ucp'] as const
const PAGE_ROWS = 20
/** Products that are named in a row. */
const MAX_NAMED = 2

/** Every stored question, with filters in the address and the same list as a file. */
export function QuestionLog() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const { filters, setFilters, isFiltered } = useFilters(FILTERS)
  const list = useQuestions({ ...scope, ...filters, limit: PAGE_ROWS })
  const clear = () => setFilters(Object.fromEntries(FILTERS.map((name) => [name, null])))
  return (
    <ListSection
      title={t('questions.log.title')}
      hint={t('questions.log.hint')}
      action={<CsvButton address={csvAddress('/api/v1/questions/', { ...scope, ...filters })} />}
    >
      <FilterBar onClear={isFiltered ? clear : undefined} clearLabel={t('questions.log.clear')}>
        <TextFilter
          label={t('questions.log.text')}
          value={filters.text}
          onChange={(text) => setFilters({ text })}
          isWide
        />
        <ChoiceFilter
          label={t('questions.log.answered')}
          choices={[
            ['true', t('questions.log.yes')],
            ['false', t('questions.log.no')],
          ]}
          value={filters.answered}
          onChange={(answered) => setFilters({ answered })}
        />
        <ChoiceFilter
          label={t('questions.log.channel')}
          choices={CHANNELS.map((channel) => [channel, t(`questions.log.channels.${channel}`)])}
          value={filters.channel}
          onChange={(channel) => setFilters({ channel })}
        />
        <StoreFilter value={filters.store_id} onChange={(storeId) => setFilters({ store_id: storeId })} />
      </FilterBar>
      <ListTable
        label={t('questions.log.title')}
        list={list}
        columns={useColumns()}
        rowKey={(question) => question.id}
        empty={
          <EmptyState
            icon={IconMessageQuestion}
            title={t('questions.log.empty.title')}
            text={t('questions.log.empty.text')}
          />
        }
      />
    </ListSection>
  )
}

function useColumns(): Column<Question>[] {
  const { t } = useTranslation()
  const { duration } = useFormats()
  const { role } = useMe()
  const href = useHref()
  const access = useAccessName()
  const isAdmin = role === 'admin'
  return [
    {
      key: 'query',
      header: t('questions.columns.query'),
      isTitle: true,
      cell: ({ query }) => <bdi className={classes.query}>{query}</bdi>,
    },
    { key: 'when', header: t('questions.columns.when'), cell: (question) => <When at={question.asked_at} /> },
    {
      key: 'answer',
      header: t('questions.columns.answer'),
      cell: ({ answered, degraded }) => (
        <>
          <StateBadge tone={answered ? 'good' : 'warning'}>
            {t(answered ? 'questions.log.yes' : 'questions.log.no')}
          </StateBadge>
          {degraded && isAdmin && (
            <Text size="xs" c="dimmed">
              {t('questions.log.wordsOnly')}
            </Text>
          )}
        </>
      ),
    },
    {
      key: 'products',
      header: t('questions.columns.products'),
      cell: ({ products }) =>
        products.length === 0
          ? t('common.none')
          : products.slice(0, MAX_NAMED).map(({ id, name }) => (
              <Anchor key={id} component={Link} href={href(`/products/${id}`)} size="sm" display="block">
                <bdi className={classes.query}>{name}</bdi>
              </Anchor>
            )),
    },
    {
      key: 'client',
      header: t('questions.agents.client'),
      cell: (question) => (
        <>
          <bdi lang="en">{question.client || t('questions.agents.unnamed')}</bdi>
          <Text size="xs" c="dimmed">
            {t(`questions.log.channels.${question.channel}`)} · <bdi>{access(question)}</bdi>
          </Text>
        </>
      ),
    },
    ...(isAdmin
      ? [
          { key: 'user', header: t('common.user'), cell: ({ user }: Question) => <bdi>{user.email}</bdi> },
          {
            key: 'took',
            header: t('questions.columns.took'),
            cell: ({ took_ms: tookMs }: Question) => duration(Math.max(1, tookMs)),
          },
        ]
      : []),
  ]
}
