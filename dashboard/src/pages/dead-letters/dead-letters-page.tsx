import { Stack } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { csvAddress } from '../../api/lists.ts'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { useFilters } from '../../components/lists/use-filters.ts'
import { LinesSkeleton, PageSkeleton } from '../../components/notices/skeletons.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useScope } from '../../layout/scope.ts'
import { DeadLetterFilters, FILTERS, queryOf } from './filters.tsx'
import { GroupList } from './group-list.tsx'
import { Replays } from './replays.tsx'
import './words.ts'

const LetterList = lazy(() => import('./letter-list.tsx'))
const ReplayDetail = lazy(() => import('./replay-detail.tsx'))

/** Work that was given up, by its cause: why, which products, doing it again, and what came of that. */
export default function DeadLettersPage() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const { filters, setFilters } = useFilters([...FILTERS, 'group', 'replay'])
  if (filters.replay !== undefined)
    return (
      <Suspense fallback={<PageSkeleton />}>
        <ReplayDetail id={filters.replay} />
      </Suspense>
    )
  const query = { ...scope, ...queryOf(filters) }
  return (
    <>
      <PageHeader title={t('shell.pages.deadLetters')} lead={t('deadLetters.lead')}>
        <CsvButton address={csvAddress('/api/v1/dead-letters/', { ...query, group: filters.group })} />
      </PageHeader>
      <DeadLetterFilters filters={filters} setFilters={setFilters} />
      <Stack gap="lg">
        {filters.group === undefined ? (
          <GroupList query={query} isDismissed={filters.state === 'dismissed'} />
        ) : (
          <Suspense fallback={<LinesSkeleton />}>
            <LetterList key={filters.group} query={query} group={filters.group} />
          </Suspense>
        )}
        <Replays />
      </Stack>
    </>
  )
}
