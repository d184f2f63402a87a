import { Group, SegmentedControl, Switch } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'wouter'
import { csvAddress } from '../../api/lists.ts'
import { useMe } from '../../api/session.ts'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useScope } from '../../layout/scope.ts'
import { AlertList } from './alert-list.tsx'
import { ChannelPanel } from './channel-panel.tsx'
import './words.ts'

const VIEWS = ['open', 'past', 'channels'] as const
type View = (typeof VIEWS)[number]

/** Open and past alerts, and the channels of the user. The view is in the address, so that a message can link to it. */
export default function AlertsPage() {
  const { t } = useTranslation()
  const me = useMe()
  const { scope } = useScope()
  const [search, setSearch] = useSearchParams()
  const asked = search.get('view')
  const view: View = VIEWS.find((one) => one === asked) ?? 'open'
  const isOfAll = search.get('all') === '1'
  const set = (name: string, value: string | null) =>
    setSearch(
      (now) => {
        const next = new URLSearchParams(now)
        if (value === null) next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  const isForEveryTenant = me.role === 'admin' && scope.user_id === undefined && view !== 'channels'
  return (
    <>
      <PageHeader title={t('shell.pages.alerts')} lead={t('alerts.lead')}>
        {view !== 'channels' && (
          <CsvButton
            address={csvAddress('/api/v1/alerts/', {
              ...scope,
              state: view === 'open' ? 'open' : 'closed',
              ...(isForEveryTenant && !isOfAll && { own: true }),
            })}
          />
        )}
      </PageHeader>
      <Group mb="md" gap="lg">
        <SegmentedControl
          aria-label={t('alerts.view')}
          value={view}
          onChange={(value) => set('view', value === 'open' ? null : value)}
          data={VIEWS.map((value) => ({ value, label: t(`alerts.views.${value}`) }))}
        />
        {isForEveryTenant && (
          <Switch
            label={t('alerts.everyTenant')}
            checked={isOfAll}
            onChange={(event) => set('all', event.currentTarget.checked ? '1' : null)}
          />
        )}
      </Group>
      {view === 'channels' ? (
        <ChannelPanel />
      ) : (
        <AlertList state={view === 'open' ? 'open' : 'closed'} isOwn={isForEveryTenant && !isOfAll} />
      )}
    </>
  )
}
