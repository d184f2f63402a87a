import { Anchor, Button, Card, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { IconBuildingStore } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'wouter'
import { type Overview, useOverview } from '../../api/overview.ts'
import { useMe } from '../../api/session.ts'
import { AreaChart } from '../../components/charts/area-chart.tsx'
import { BarChart } from '../../components/charts/bar-chart.tsx'
import { Table } from '../../components/lists/list-table.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageSkeleton } from '../../components/notices/skeletons.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { SyncSentence } from '../../components/sync-sentence.tsx'
import { useFormats } from '../../format.ts'
import { useHref, useScope } from '../../layout/scope.ts'
import { FreshnessPanel } from './freshness.tsx'
import classes from './overview-page.module.css'
import { OwnerTiles } from './owner-tiles.tsx'
import { CalmProvider, FailingProvider } from './provider-health.tsx'
import { Tiles } from './tiles.tsx'

const RANGES = { day: 24, week: 168, month: 720, quarter: 2160 } as const
type Range = keyof typeof RANGES

/** The state of all stores, and the problems that need an action. */
export default function OverviewPage() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const [search, setSearch] = useSearchParams()
  const asked = search.get('range') as Range
  const range: Range = asked in RANGES ? asked : 'day'
  const overview = useOverview({ ...scope, hours: RANGES[range] })
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
      <PageHeader title={t('shell.pages.overview')} lead={t('overview.lead')}>
        <SegmentedControl
          aria-label={t('overview.range')}
          value={range}
          onChange={choose}
          data={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: t(`overview.ranges.${value}`) }))}
        />
      </PageHeader>
      <Answered query={overview} skeleton={<PageSkeleton />}>
        {(found) => (found.stores === 0 && found.products.active === 0 ? <NoStores /> : <Figures overview={found} />)}
      </Answered>
    </>
  )
}

function NoStores() {
  const { t } = useTranslation()
  const href = useHref()
  return (
    <Card>
      <EmptyState icon={IconBuildingStore} title={t('overview.empty.title')} text={t('overview.empty.text')}>
        <Button component={Link} href={href('/stores/connect')} size="md">
          {t('stores.connect')}
        </Button>
      </EmptyState>
    </Card>
  )
}

/** The answer to the first question: is everything in sync? */
function Sentence({ overview }: { overview: Overview }) {
  const href = useHref()
  const { sync, other_stores: others } = overview
  const [only] = overview.stores === 1 ? others : []
  if (!sync) return null
  return (
    <Card>
      <SyncSentence sync={sync} isLead href={only && unfindableOf(href, only.id)} />
    </Card>
  )
}

/** Owners see no times of single events and no vectors: those are for the operator. */
function Figures({ overview }: { overview: Overview }) {
  const { t } = useTranslation()
  const { role } = useMe()
  const shared = { buckets: overview.series, bucketHours: overview.bucket_hours }
  return (
    <Stack gap="lg">
      <Sentence overview={overview} />
      {overview.provider?.state === 'failing' && <FailingProvider provider={overview.provider} />}
      {role === 'admin' ? <Tiles overview={overview} /> : <OwnerTiles overview={overview} />}
      <OtherStores overview={overview} />
      <FreshnessPanel />
      <Panel title={t('overview.events')}>
        <BarChart
          {...shared}
          label={t('overview.eventsLabel')}
          series={[
            { key: 'applied', name: t('overview.applied'), color: 'brand' },
            { key: 'superseded', name: t('overview.superseded'), color: 'slate' },
            { key: 'failed', name: t('overview.failed'), color: 'coral' },
          ]}
        />
      </Panel>
      <div className={classes.halves}>
        <Products overview={overview} />
        <Panel title={t('overview.changes')}>
          <BarChart
            {...shared}
            label={t('overview.changesLabel')}
            series={[
              { key: 'created', name: t('overview.created'), color: 'blue' },
              { key: 'content_updated', name: t('overview.contentUpdated'), color: 'violet' },
              { key: 'metadata_updated', name: t('overview.metadataUpdated'), color: 'brand' },
              { key: 'deleted', name: t('overview.deleted'), color: 'coral' },
            ]}
          />
        </Panel>
      </div>
      {role === 'admin' && <Embeddings overview={overview} />}
    </Stack>
  )
}

function Panel({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <Card component="section">
      <Title order={2} size="h4" mb={note ? 2 : 'sm'}>
        {title}
      </Title>
      {note && (
        <Text size="sm" c="dimmed" mb="sm">
          {note}
        </Text>
      )}
      {children}
    </Card>
  )
}

function Products({ overview: { series, bucket_hours: bucketHours } }: { overview: Overview }) {
  const { t } = useTranslation()
  const { dateTime } = useFormats()
  const unknown = series.findLastIndex(({ products }) => products === null)
  const counted = series[unknown + 1]
  return (
    <Panel
      title={t('overview.products')}
      note={unknown >= 0 && counted && t('overview.productsCounted', { when: dateTime(counted.at) })}
    >
      <AreaChart
        buckets={series}
        bucketHours={bucketHours}
        label={t('overview.productsLabel')}
        series={{ key: 'products', name: t('overview.productsShown'), color: 'blue' }}
      />
    </Panel>
  )
}

function Embeddings({ overview }: { overview: Overview }) {
  const { t } = useTranslation()
  const { percent } = useFormats()
  const made = overview.series.reduce((sum, bucket) => sum + bucket.embedding_inputs, 0)
  const avoided = overview.series.reduce((sum, bucket) => sum + bucket.embeddings_avoided, 0)
  return (
    <Panel
      title={t('overview.embeddings')}
      note={made + avoided > 0 && t('overview.embeddingsShare', { share: percent(avoided / (made + avoided)) })}
    >
      <BarChart
        buckets={overview.series}
        bucketHours={overview.bucket_hours}
        label={t('overview.embeddingsLabel')}
        readings={
          overview.series.some((bucket) => bucket.embedding_tokens > 0)
            ? [{ key: 'embedding_tokens', name: t('overview.embeddingTokens') }]
            : []
        }
        series={[
          { key: 'embedding_inputs', name: t('overview.embeddingsMade'), color: 'amber' },
          { key: 'embeddings_avoided', name: t('overview.embeddingsAvoided'), color: 'brand' },
        ]}
      />
      {overview.embeddings && (
        <Text size="sm" c="dimmed" mt="sm">
          {t('overview.embeddingsEver', overview.embeddings)}
        </Text>
      )}
      {overview.provider && overview.provider.state !== 'failing' && <CalmProvider provider={overview.provider} />}
    </Panel>
  )
}

/** The stores that are not in sync, each with its sentence; a single store is the sentence on top. */
function OtherStores({ overview }: { overview: Overview }) {
  const { t } = useTranslation()
  const href = useHref()
  if (overview.stores < 2 || overview.other_stores.length === 0) return null
  return (
    <Card component="section" p={0} className={classes.list}>
      <Title order={2} size="h4" p="lg" pb="sm">
        {t('sync.stores')}
      </Title>
      <Table
        label={t('sync.stores')}
        rows={overview.other_stores}
        rowKey={(store) => store.id}
        columns={[
          {
            key: 'name',
            header: t('common.store'),
            isTitle: true,
            cell: (store) => (
              <Anchor component={Link} href={href(`/stores/${store.id}`)} c="var(--mantine-color-text)" fw={600}>
                <bdi>{store.name}</bdi>
              </Anchor>
            ),
          },
          {
            key: 'state',
            header: t('tokens.state'),
            cell: (store) => <SyncSentence sync={store.sync} href={unfindableOf(href, store.id)} />,
          },
        ]}
      />
    </Card>
  )
}

function unfindableOf(href: (path: string) => string, storeId: number): string {
  return `${href(`/stores/${storeId}`)}#unfindable`
}
