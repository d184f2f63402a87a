import { Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Query } from '../../api/client.ts'
import { useReplay, useReplayPreview } from '../../api/events.ts'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { say } from '../../components/text/say.tsx'

/** Replaying one dead letter: what will happen, then that it does. */
export function ReplayOneDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation()
  const replay = useReplay()
  const confirm = () =>
    replay.mutate(
      { id },
      {
        onSuccess: () => {
          say(t('events.replay.done', { count: 1 }))
          onClose()
        },
      },
    )
  return (
    <ConfirmDialog
      title={t('events.replay.title')}
      button={t('events.replay.one')}
      isPending={replay.isPending}
      error={replay.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {t('events.replay.textOne')}
    </ConfirmDialog>
  )
}

/** Replaying all dead letters of a filter: they are counted first. */
export function ReplayManyDialog({ filter, onClose }: { filter: Query; onClose: () => void }) {
  const { t } = useTranslation()
  const preview = useReplayPreview(filter)
  const replay = useReplay()
  const matched = preview.data?.matched
  const confirm = () => {
    if (!matched) return onClose()
    replay.mutate(
      { filter },
      {
        onSuccess: ({ replayed }) => {
          say(t('events.replay.done', { count: replayed }))
          onClose()
        },
      },
    )
  }
  return (
    <ConfirmDialog
      title={t('events.replay.title')}
      button={matched ? t('events.replay.button', { count: matched }) : t('common.close')}
      isPending={replay.isPending || preview.isPending}
      error={replay.error ?? preview.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Stack gap="xs" role="status">
        {preview.isPending && <Text>{t('events.replay.counting')}</Text>}
        {matched === 0 && <Text>{t('events.replay.none')}</Text>}
        {matched !== undefined && matched > 0 && (
          <>
            <Text>{t('events.replay.textMany', { count: matched })}</Text>
            <Text c="dimmed" size="sm">
              {t('events.replay.order')}
            </Text>
          </>
        )}
      </Stack>
    </ConfirmDialog>
  )
}
