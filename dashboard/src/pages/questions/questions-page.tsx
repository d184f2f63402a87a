import { Button, Card, SegmentedControl, Stack } from '@mantine/core'
import { IconMessageQuestion } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'wouter'
import { type QuestionsSummary, useQuestionSettings, useQuestionsSummary } from '../../api/questions.ts'
import { useMe } from '../../api/session.ts'
import { BarChart } from '../../components/charts/bar-chart.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageSkeleton } from '../../components/notices/skeletons.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Section } from '../../components/section.tsx'
import { useHref, useScope } from '../../layout/scope.ts'
import { AskingClients } from './asking-clients.tsx'
import { FrequentQuestions, UnansweredQuestions } from './question-groups.tsx'
import { QuestionKeeping } from './question-keeping.tsx'
import { QuestionLog } from './question-log.tsx'
import { QuestionTiles } from './question-tiles.tsx'
import './words.ts'

const RANGES = { day: 24, week: 168, month: 720, quarter: 2160 } as const
type Range = keyof typeof RANGES

/** The questions that agents ask, those without an answer, and how long they are kept. */
export default function QuestionsPage() {
  const { t } = useTranslation()
  const { scope, userId } = useScope()
  const { role } = useMe()
  const [search, setSearch] = useSearchParams()
  const asked = search.get('range') as Range
  const range: Range = asked in RANGES ? asked : 'week'
  const summary = useQuestionsSummary({ ...scope, hours: RANGES[range] })
  const isOneTenant = role === 'owner' || userId !== null
  const choose = (value: string) =>
    setSearch(
      (now) => {
        const next = new URLSearchParams(now)
        next.set('range', value)
        return next
      },
      { replace: true },
    )
  return (
    <>
      <PageHeader title={t('shell.pages.questions')} lead={t('questions.lead')}>
        <SegmentedControl
          aria-label={t('overview.range')}
          value={range}
          onChange={choose}
          data={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: t(`overview.ranges.${value}`) }))}
        />
      </PageHeader>
      <Stack gap="lg">
        <Answered query={summary} skeleton={<PageSkeleton />}>
          {(found) => (found.questions === 0 ? <NoQuestions /> : <Figures summary={found} isOneTenant={isOneTenant} />)}
        </Answered>
        <QuestionLog />
        <QuestionKeeping key={userId} isOneTenant={isOneTenant} />
      </Stack>
    </>
  )
}

function NoQuestions() {
  const { t } = useTranslation()
  const href = useHref()
  const { scope } = useScope()
  const { data: settings } = useQuestionSettings(scope)
  return (
    <Card>
      <EmptyState
        icon={IconMessageQuestion}
        title={t('questions.empty.title')}
        text={t(settings?.is_on === false ? 'questions.empty.off' : 'questions.empty.text')}
      >
        <Button component={Link} href={href('/search')} variant="default">
          {t('questions.empty.playground')}
        </Button>
      </EmptyState>
    </Card>
  )
}

function Figures({ summary, isOneTenant }: { summary: QuestionsSummary; isOneTenant: boolean }) {
  const { t } = useTranslation()
  return (
    <>
      <QuestionTiles summary={summary} />
      <UnansweredQuestions groups={summary.top_unanswered} isOneTenant={isOneTenant} />
      <FrequentQuestions groups={summary.top} />
      <Section title={t('questions.overTime.title')}>
        <BarChart
          buckets={summary.series}
          bucketHours={summary.bucket_hours}
          label={t('questions.overTime.label')}
          series={[
            { key: 'answered', name: t('questions.log.yes'), color: 'brand' },
            { key: 'unanswered', name: t('questions.log.no'), color: 'amber' },
          ]}
        />
      </Section>
      <AskingClients clients={summary.by_client} />
    </>
  )
}
