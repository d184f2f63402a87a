import { Stack, Text } from '@mantine/core'
import { IconSend } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { type AlertChannel, type AlertDelivery, useDeliveries } from '../../api/alerts.ts'
import { StateBadge, type Tone } from '../../components/badge.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { Dialog } from '../../components/notices/dialog.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'

const TONES: Record<AlertDelivery['status'], Tone> = { waiting: 'warning', sent: 'good', expired: 'bad' }

/** The messages to a channel, with each attempt: when, how long, what the receiver answered, and the next attempt. */
export function DeliveriesDialog({ channel, onClose }: { channel: AlertChannel; onClose: () => void }) {
  const { t } = useTranslation()
  const { dateTime } = useFormats()
  const list = useDeliveries(channel.id)
  const columns: Column<AlertDelivery>[] = [
    {
      key: 'subject',
      header: t('alerts.delivery.subject'),
      isTitle: true,
      cell: ({ subject, created_at }) => (
        <div>
          <bdi>{subject}</bdi>
          <Text size="xs" c="dimmed" fw={400}>
            <When at={created_at} />
          </Text>
        </div>
      ),
    },
    {
      key: 'status',
      header: t('alerts.delivery.status'),
      cell: ({ status, next_attempt_at }) => (
        <Stack gap={4} align="flex-start">
          <StateBadge tone={TONES[status]}>{t(`alerts.delivery.statuses.${status}`)}</StateBadge>
          {next_attempt_at !== null && (
            <Text size="xs" c="dimmed">
              {t('alerts.delivery.next', { at: dateTime(next_attempt_at) })}
            </Text>
          )}
        </Stack>
      ),
    },
    {
      key: 'attempts',
      header: t('alerts.delivery.attempts'),
      cell: ({ attempts }) => (
        <Stack gap="xs">
          {attempts.map((attempt) => (
            <Attempt key={attempt.at} attempt={attempt} />
          ))}
        </Stack>
      ),
    },
  ]
  return (
    <Dialog onClose={onClose} size="xl" title={t('alerts.delivery.title', { name: channel.name })}>
      <ListTable
        label={t('alerts.channel.deliveries')}
        list={list}
        columns={columns}
        rowKey={({ id }) => id}
        empty={<EmptyState icon={IconSend} text={t('alerts.delivery.empty')} />}
      />
    </Dialog>
  )
}

function Attempt({ attempt }: { attempt: AlertDelivery['attempts'][number] }) {
  const { t } = useTranslation()
  const { dateTime, duration, numeral } = useFormats()
  const { at, duration_ms, answer_code, message } = attempt
  return (
    <Text size="xs" component="div">
      {t('alerts.delivery.attempt', { at: dateTime(at), duration: duration(duration_ms) })}
      {answer_code !== null && ` · ${t('alerts.delivery.code', { code: numeral(answer_code) })}`}
      {message !== null && (
        <Text size="xs" c="var(--mantine-color-error)" dir="auto">
          {message}
        </Text>
      )}
    </Text>
  )
}
