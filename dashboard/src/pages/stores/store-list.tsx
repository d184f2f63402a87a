import { Anchor, Button, Text } from '@mantine/core'
import { IconBuildingStore, IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { csvAddress } from '../../api/lists.ts'
import { useMe } from '../../api/session.ts'
import { type Store, useStores } from '../../api/stores.ts'
import { StateBadge } from '../../components/badge.tsx'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { SyncSentence } from '../../components/sync-sentence.tsx'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'
import { useHref, useScope } from '../../layout/scope.ts'

/** Every store: its state, what it has, and its last contact. */
export default function StoreList() {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { scope } = useScope()
  const me = useMe()
  const href = useHref()
  const stores = useStores(scope, { refetchMs: 15_000 })
  const connect = (
    <Button component={Link} href={href('/stores/connect')} leftSection={<IconPlus size={18} />}>
      {t('stores.connect')}
    </Button>
  )
  const columns: Column<Store>[] = [
    {
      key: 'name',
      header: t('common.name'),
      isTitle: true,
      cell: (store) => (
        <div>
          <Anchor component={Link} href={href(`/stores/${store.id}`)} fw={600} c="var(--mantine-color-text)">
            <bdi>{store.name}</bdi>
          </Anchor>
          {store.site && (
            <Text size="xs" c="dimmed" className="ltr on-one-line">
              {store.site.replace(/^https?:\/\//, '')}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'environment',
      header: t('common.environment'),
      cell: (store) => (
        <StateBadge tone={store.environment === 'live' ? 'info' : 'neutral'}>
          {t(`common.${store.environment}`)}
        </StateBadge>
      ),
    },
    ...(me.role === 'admin'
      ? [
          {
            key: 'owner',
            header: t('stores.owner'),
            cell: (store: Store) => (
              <Text size="sm" c="dimmed" className="ltr">
                {store.user.email}
              </Text>
            ),
          },
        ]
      : []),
    {
      key: 'sync',
      header: t('stores.sync'),
      cell: (store) => <SyncSentence sync={store.sync} href={`${href(`/stores/${store.id}`)}#unfindable`} />,
    },
    { key: 'products', header: t('stores.products'), cell: (store) => number(store.products) },
    {
      key: 'contact',
      header: t('stores.lastContact'),
      cell: (store) => <When at={store.last_contact_at} />,
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('common.actions')}</span>,
      isEnd: true,
      cell: (store) => {
        const isWaiting = store.last_contact_at === null && store.products === 0
        return (
          <Button
            component={Link}
            href={href(isWaiting ? `/stores/${store.id}/connect` : `/stores/${store.id}`)}
            variant={isWaiting ? 'light' : 'default'}
            size="xs"
          >
            {t(isWaiting ? 'stores.continueConnecting' : 'stores.open')}
            <span className="visually-hidden">: {store.name}</span>
          </Button>
        )
      },
    },
  ]
  return (
    <>
      <PageHeader title={t('shell.pages.stores')} lead={t('stores.lead')}>
        <CsvButton address={csvAddress('/api/v1/stores/', scope)} />
        {connect}
      </PageHeader>
      <ListTable
        label={t('shell.pages.stores')}
        list={stores}
        columns={columns}
        rowKey={(store) => store.id}
        empty={
          <EmptyState icon={IconBuildingStore} title={t('stores.empty.title')} text={t('stores.empty.text')}>
            {connect}
          </EmptyState>
        }
      />
    </>
  )
}
