import { Alert, Button, Group, Stack } from '@mantine/core'
import { IconEyeOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { type AlertChannel, type MadeAlertChannel, useDeleteChannel, useRotateChannelSecret } from '../../api/alerts.ts'
import { CopyField } from '../../components/copy-field.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { Dialog } from '../../components/notices/dialog.tsx'
import { say } from '../../components/text/say.tsx'

interface Props {
  channel: AlertChannel
  onClose: () => void
}

export function DeleteChannelDialog({ channel, onClose }: Props) {
  const { t } = useTranslation()
  const remove = useDeleteChannel()
  const done = () => {
    say(t('alerts.channel.deleted'))
    onClose()
  }
  return (
    <ConfirmDialog
      title={t('alerts.channel.deleteTitle')}
      button={t('alerts.channel.delete')}
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(channel.id, { onSuccess: done })}
      onClose={onClose}
    >
      <div>
        <bdi>{channel.name}</bdi>
        <p>{t('alerts.channel.deleteText')}</p>
      </div>
    </ConfirmDialog>
  )
}

export function RotateSecretDialog({ channel, onMade, onClose }: Props & { onMade: (made: MadeAlertChannel) => void }) {
  const { t } = useTranslation()
  const rotate = useRotateChannelSecret()
  return (
    <ConfirmDialog
      title={t('alerts.channel.rotateTitle')}
      button={t('alerts.channel.rotate')}
      isDangerous
      isPending={rotate.isPending}
      error={rotate.error}
      onConfirm={() => rotate.mutate(channel.id, { onSuccess: onMade })}
      onClose={onClose}
    >
      {t('alerts.channel.rotateText')}
    </ConfirmDialog>
  )
}

/** The only time that a signing secret can be read. It is closed by its own button, not by a click beside it. */
export function ShownSecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog
      onClose={onClose}
      title={t('alerts.channel.secretTitle')}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Alert color="yellow" icon={<IconEyeOff size={20} />}>
          {t('alerts.channel.secretWarning')}
        </Alert>
        <CopyField label={t('alerts.channel.secretLabel')} value={secret} />
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('alerts.channel.secretDone')}</Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
