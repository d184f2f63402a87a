import { Button, Group, Stack, Text } from '@mantine/core'
import {
  IconBellPlus,
  IconKey,
  IconListDetails,
  IconPencil,
  IconPlayerPlay,
  IconPlus,
  IconSend,
  IconToggleLeft,
  IconTrash,
} from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type AlertChannel,
  type MadeAlertChannel,
  useChangeChannel,
  useChannels,
  useResumeChannel,
  useTestChannel,
} from '../../api/alerts.ts'
import { useMe } from '../../api/session.ts'
import { StateBadge, type Tone } from '../../components/badge.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { RowMenu } from '../../components/lists/row-menu.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { useProblemText } from '../../components/notices/error-notice.tsx'
import { complain, say } from '../../components/text/say.tsx'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'
import { useScope } from '../../layout/scope.ts'
import { DeleteChannelDialog, RotateSecretDialog, ShownSecretDialog } from './channel-dialogs.tsx'
import { ChannelForm } from './channel-form.tsx'
import { DeliveriesDialog } from './deliveries-dialog.tsx'

const TONES: Record<AlertChannel['state'], Tone> = {
  ok: 'good',
  failing: 'warning',
  paused: 'bad',
  secret_unreadable: 'bad',
  disabled: 'neutral',
}

type Choice = 'edit' | 'deliveries' | 'rotate' | 'delete'

/** The channels of a person: the user's own, or those of the tenant that an admin has chosen. */
export function ChannelPanel() {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { scope } = useScope()
  const me = useMe()
  const userId = scope.user_id ?? me.user_id ?? undefined
  const list = useChannels({ user_id: userId, limit: 50 })
  const [dialog, setDialog] = useState<{ choice: Choice; channel: AlertChannel } | 'add' | null>(null)
  const [shown, setShown] = useState<MadeAlertChannel | null>(null)
  const close = () => setDialog(null)
  const showSecret = (made: MadeAlertChannel) => {
    close()
    if (made.signing_secret !== null) setShown(made)
    else say(t('common.saved'))
  }
  const addButton = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setDialog('add')}>
      {t('alerts.channel.add')}
    </Button>
  )
  const columns: Column<AlertChannel>[] = [
    {
      key: 'name',
      header: t('common.name'),
      isTitle: true,
      cell: ({ kind, name, target }) => (
        <div>
          <bdi>{name}</bdi>
          <Text size="sm" c="dimmed" fw={400}>
            {t(`alerts.channel.kinds.${kind}`)} · <span className="ltr">{target}</span>
          </Text>
        </div>
      ),
    },
    {
      key: 'state',
      header: t('alerts.channel.state'),
      cell: ({ state, message, waiting }) => (
        <Stack gap={4} align="flex-start" maw="24rem">
          <StateBadge tone={TONES[state]}>{t(`alerts.channel.states.${state}`)}</StateBadge>
          {state !== 'ok' && state !== 'disabled' && <Text size="sm">{message}</Text>}
          {waiting > 0 && (
            <Text size="sm" c="dimmed">
              {t('alerts.channel.waiting', { amount: number(waiting) })}
            </Text>
          )}
        </Stack>
      ),
    },
    {
      key: 'success',
      header: t('alerts.channel.lastSuccess'),
      cell: ({ last_success_at }) => <When at={last_success_at} />,
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('common.actions')}</span>,
      isEnd: true,
      cell: (channel) => <Actions channel={channel} onChoose={(choice) => setDialog({ choice, channel })} />,
    },
  ]
  const chosen = dialog === null || dialog === 'add' ? null : dialog
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end" gap="sm">
        <Text size="sm" c="dimmed" maw="44rem">
          {t('alerts.channel.hint')}
        </Text>
        {addButton}
      </Group>
      <ListTable
        label={t('alerts.channel.list')}
        list={list}
        columns={columns}
        rowKey={({ id }) => id}
        empty={
          <EmptyState
            icon={IconBellPlus}
            title={t('alerts.empty.channelsTitle')}
            text={t('alerts.empty.channelsText')}
          />
        }
      />
      {dialog === 'add' && <ChannelForm channel={null} userId={userId} onMade={showSecret} onClose={close} />}
      {chosen?.choice === 'edit' && (
        <ChannelForm channel={chosen.channel} userId={userId} onMade={showSecret} onClose={close} />
      )}
      {chosen?.choice === 'deliveries' && <DeliveriesDialog channel={chosen.channel} onClose={close} />}
      {chosen?.choice === 'rotate' && (
        <RotateSecretDialog channel={chosen.channel} onMade={showSecret} onClose={close} />
      )}
      {chosen?.choice === 'delete' && <DeleteChannelDialog channel={chosen.channel} onClose={close} />}
      {shown?.signing_secret && <ShownSecretDialog secret={shown.signing_secret} onClose={() => setShown(null)} />}
    </Stack>
  )
}

function Actions({ channel, onChoose }: { channel: AlertChannel; onChoose: (choice: Choice) => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const test = useTestChannel()
  const change = useChangeChannel()
  const resume = useResumeChannel()
  const { id, kind, state, is_enabled: isEnabled } = channel
  const onError = (error: unknown) => complain(problemText(error))
  const sendTest = () =>
    test.mutate(id, {
      onError,
      onSuccess: ({ is_delivered, message }) => (is_delivered ? say(message) : complain(message)),
    })
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      <Button
        size="xs"
        variant="light"
        leftSection={<IconSend size={16} />}
        loading={test.isPending}
        onClick={sendTest}
      >
        {t('alerts.channel.test')}
        <span className="visually-hidden">: {channel.name}</span>
      </Button>
      <RowMenu
        name={channel.name}
        entries={[
          { label: t('alerts.channel.edit'), icon: IconPencil, onClick: () => onChoose('edit') },
          { label: t('alerts.channel.deliveries'), icon: IconListDetails, onClick: () => onChoose('deliveries') },
          kind === 'webhook' && {
            label: t('alerts.channel.rotate'),
            icon: IconKey,
            onClick: () => onChoose('rotate'),
          },
          state === 'paused' && {
            label: t('alerts.channel.resume'),
            icon: IconPlayerPlay,
            onClick: () => resume.mutate(id, { onError, onSuccess: () => say(t('alerts.channel.resumed')) }),
          },
          {
            label: t(isEnabled ? 'alerts.channel.disable' : 'alerts.channel.enable'),
            icon: IconToggleLeft,
            onClick: () => change.mutate({ id, is_enabled: !isEnabled }, { onError }),
          },
          {
            label: t('alerts.channel.delete'),
            icon: IconTrash,
            isDanger: true,
            onClick: () => onChoose('delete'),
          },
        ]}
      />
    </Group>
  )
}
