import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { IconBellCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type Alert, useAcknowledge, useAlerts } from '../../api/alerts.ts'
import { useMe } from '../../api/session.ts'
import { StateBadge } from '../../components/badge.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { useProblemText } from '../../components/notices/error-notice.tsx'
import { complain } from '../../components/text/say.tsx'
import { When } from '../../components/text/when.tsx'
import { useHref, useScope } from '../../layout/scope.ts'

interface Props {
  state: 'open' | 'closed'
  /** Only alerts that the user gets messages about. */
  isOwn: boolean
}

/** Alerts with what happened, since when, and what to do. The sentences come from the server. */
export function AlertList({ state, isOwn }: Props) {
  const { t } = useTranslation()
  const { scope } = useScope()
  const list = useAlerts({ ...scope, state, limit: 20, ...(isOwn && { own: true }) })
  const isOpen = state === 'open'
  const columns: Column<Alert>[] = [
    { key: 'alert', header: t('alerts.columns.alert'), isTitle: true, cell: (alert) => <What alert={alert} /> },
    { key: 'since', header: t('alerts.columns.since'), cell: ({ first_seen_at }) => <When at={first_seen_at} /> },
    isOpen
      ? {
          key: 'action',
          header: t('alerts.columns.action'),
          isEnd: true,
          cell: (alert) => <Acknowledge alert={alert} />,
        }
      : { key: 'ended', header: t('alerts.columns.ended'), cell: ({ closed_at }) => <When at={closed_at} /> },
  ]
  return (
    <ListTable
      label={t('shell.pages.alerts')}
      list={list}
      columns={columns}
      rowKey={({ id }) => id}
      empty={
        <EmptyState
          icon={IconBellCheck}
          title={t(isOpen ? 'alerts.empty.openTitle' : 'alerts.empty.pastTitle')}
          text={t(isOpen ? 'alerts.empty.openText' : 'alerts.empty.pastText')}
        />
      }
    />
  )
}

function What({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const href = useHref()
  const me = useMe()
  const { title, message, advice, level, scope, user, state, path } = alert
  return (
    <Stack gap={4} maw="46rem">
      <Group gap="xs">
        <Text fw={640} dir="auto">
          {title}
        </Text>
        {state === 'open' && level > 1 && <StateBadge tone="bad">{t('alerts.urgent')}</StateBadge>}
        {scope === 'installation' && <StateBadge tone="neutral">{t('alerts.installation')}</StateBadge>}
      </Group>
      <Text size="sm" fw={400} dir="auto">
        {message}
      </Text>
      {advice !== null && (
        <Text size="sm" fw={400} dir="auto">
          {t('alerts.advice')} {advice}
        </Text>
      )}
      <Group gap="md">
        {state === 'open' && (
          <Anchor component={Link} href={href(path)} size="sm" fw={500}>
            {t('alerts.open')}
          </Anchor>
        )}
        {user !== null && me.role === 'admin' && (
          <Text size="xs" c="dimmed" fw={400}>
            <bdi>{user.email}</bdi>
          </Text>
        )}
      </Group>
    </Stack>
  )
}

function Acknowledge({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const acknowledge = useAcknowledge()
  if (alert.acknowledged_at !== null) return <StateBadge tone="neutral">{t('alerts.acknowledged')}</StateBadge>
  return (
    <Button
      size="xs"
      variant="light"
      loading={acknowledge.isPending}
      aria-label={t('alerts.acknowledgeOf', { title: alert.title })}
      onClick={() => acknowledge.mutate(alert.id, { onError: (error) => complain(problemText(error)) })}
    >
      {t('alerts.acknowledge')}
    </Button>
  )
}
