import { Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type Change, type Selection, useChangeDeadLetters, useChangePreview } from '../../api/dead-letters.ts'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { say } from '../../components/text/say.tsx'

interface Props {
  change: Change
  selection: Selection
  onClose: () => void
  onDone?: () => void
}

/** Replays, dismisses or restores dead letters: they are counted first, so that the dialog says how many it changes. */
export function ChangeDialog({ change, selection, onClose, onDone }: Props) {
  const { t } = useTranslation()
  const preview = useChangePreview(change, selection)
  const run = useChangeDeadLetters(change)
  const matched = preview.data?.matched
  const confirm = () => {
    if (!matched) return onClose()
    run.mutate(selection, {
      onSuccess: ({ changed }) => {
        say(t(`deadLetters.change.${change}.done`, { count: changed }))
        onDone?.()
        onClose()
      },
    })
  }
  return (
    <ConfirmDialog
      title={t(`deadLetters.change.${change}.title`)}
      button={matched ? t(`deadLetters.change.${change}.button`, { count: matched }) : t('common.close')}
      isPending={run.isPending || preview.isPending}
      error={run.error ?? preview.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Stack gap="xs" role="status">
        {preview.isPending && <Text>{t('events.replay.counting')}</Text>}
        {matched === 0 && <Text>{t('events.replay.none')}</Text>}
        {matched !== undefined && matched > 0 && (
          <>
            <Text>{t(`deadLetters.change.${change}.text`)}</Text>
            {change === 'replay' && (
              <Text c="dimmed" size="sm">
                {t('events.replay.order')}
              </Text>
            )}
          </>
        )}
      </Stack>
    </ConfirmDialog>
  )
}
