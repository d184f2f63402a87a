import { Alert, Button, Card, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { TFunction } from 'i18next'
import { lazy, type ReactNode, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'wouter'
import { type Plugin, type Progress, type UnfindableGroup, useStoreProgress } from '../../api/stores.ts'
import { StateBadge } from '../../components/badge.tsx'
import { Facts } from '../../components/facts.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { LinesSkeleton } from '../../components/notices/skeletons.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { SyncBar, SyncSentence } from '../../components/sync-sentence.tsx'
import { When } from '../../components/text/when.tsx'
import { WhenNear } from '../../components/when-near.tsx'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'
import { DeleteStore } from './delete-store.tsx'
import { EditStore } from './edit-store.tsx'
import { StoreFreshness } from './store-freshness.tsx'
import { StoreReadiness } from './store-readiness.tsx'
import { UnfindableProducts } from './unfindable-products.tsx'

const StoreSections = lazy(() => import('./store-sections.tsx'))

/** One store: its progress, details, tokens, and its deletion. */
export default function StorePage({ id }: { id: number }) {
  const { t } = useTranslation()
  const [search] = useSearchParams()
  const progress = useStoreProgress(id, { refetchMs: 5_000 })
  const name = progress.data?.store.name
  return (
    <>
      <PageHeader title={name ?? t('common.store')}>
        <StoreLinks id={id} />
      </PageHeader>
      <Answered query={progress}>
        {(found) => (
          <Stack gap="lg">
            <StoreState progress={found} />
            <UnfindableProducts storeId={id} first={firstGroup(found)} />
            <StoreFreshness storeId={id} />
            <StoreReadiness storeId={id} />
            <EditStore key={JSON.stringify(found.store)} store={found.store} />
            <WhenNear fallback={<LinesSkeleton />} isAskedFor={search.has('confirm_site')}>
              <Suspense fallback={<LinesSkeleton />}>
                <StoreSections id={id} />
              </Suspense>
            </WhenNear>
            <DeleteStore id={id} name={found.store.name} />
          </Stack>
        )}
      </Answered>
    </>
  )
}

/** The list opens with the products that the sentence is about. */
function firstGroup({ sync }: Progress): UnfindableGroup {
  return sync.waiting > 0 && !sync.causes.includes('products_failed') ? 'waiting' : 'attention'
}

function StoreLinks({ id }: { id: number }) {
  const { t } = useTranslation()
  const href = useHref()
  return (
    <>
      <Button component={Link} href={href(`/products?store_id=${id}`)} variant="default">
        {t('stores.detail.productsLink')}
      </Button>
      <Button component={Link} href={href(`/events?store_id=${id}`)} variant="default">
        {t('stores.detail.events')}
      </Button>
    </>
  )
}

function StoreState({ progress }: { progress: Progress }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const href = useHref()
  const { store, sync, site, products, events, plugin } = progress
  const isConnecting = progress.first_contact_at === null || events.received === 0
  return (
    <Card>
      <Stack>
        <Group justify="space-between">
          <StateBadge tone={store.environment === 'live' ? 'info' : 'neutral'}>
            {t(`common.${store.environment}`)}
          </StateBadge>
          {isConnecting && (
            <Button component={Link} href={href(`/stores/${store.id}/connect`)} size="xs">
              {t('stores.continueConnecting')}
            </Button>
          )}
        </Group>
        <SyncSentence sync={sync} isLead href="#unfindable" />
        {sync.state === 'syncing' && <SyncBar sync={sync} />}
        {site === 'waits' && (
          <Alert color="yellow" icon={<IconAlertTriangle size={20} />}>
            <Text size="sm" c="var(--mantine-color-text)">
              {t('stores.detail.siteWaits')}
            </Text>
          </Alert>
        )}
        <Facts
          facts={[
            [t('stores.products'), number(products.active)],
            [t('stores.detail.searchable'), number(products.searchable)],
            [t('sync.attention'), number(sync.attention)],
            [t('stores.lastContact'), <When key="contact" at={progress.last_contact_at} />],
            [t('stores.detail.lastEvent'), <When key="event" at={progress.last_event_at} />],
            [t('stores.detail.firstContact'), <When key="first" at={progress.first_contact_at} />],
            [t('stores.detail.site'), t(`stores.detail.siteStates.${site}`)],
            [
              t('stores.detail.sender'),
              progress.sender ? (
                <span key="sender" className="ltr">
                  {progress.sender}
                </span>
              ) : (
                t('common.none')
              ),
            ],
            ...(plugin ? pluginFacts(plugin, t) : []),
          ]}
        />
      </Stack>
    </Card>
  )
}

function pluginFacts(plugin: Plugin, t: TFunction): [string, ReactNode][] {
  const version = (
    <span key="version" className="ltr">
      {plugin.version}
    </span>
  )
  return [
    [t('stores.plugin.title'), plugin.message],
    [t('stores.plugin.version'), version],
    ...(plugin.since
      ? [[t('stores.plugin.since'), <When key="since" at={plugin.since} />] as [string, ReactNode]]
      : []),
    [t('stores.plugin.reported'), <When key="reported" at={plugin.reported_at} />],
  ]
}
