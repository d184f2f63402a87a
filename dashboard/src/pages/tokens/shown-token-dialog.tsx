import { Alert, Button, Group, Stack } from '@mantine/core'
import { IconEyeOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { MadeToken } from '../../api/tokens.ts'
import { CopyField } from '../../components/copy-field.tsx'
import { Dialog } from '../../components/notices/dialog.tsx'
import classes from './shown-token.module.css'

/** The only time that a token can be read. It is closed by its own button, not by a click beside it. */
export function ShownTokenDialog({ token, onClose }: { token: MadeToken; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog
      onClose={onClose}
      title={t('tokens.shown.title')}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <ShownToken token={token.token} />
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('tokens.shown.done')}</Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

/** A token in clear text, which never leaves this element: not into an address, not into storage. */
export function ShownToken({ token }: { token: string }) {
  const { t } = useTranslation()
  return (
    <Stack gap="sm">
      <Alert
        color="yellow"
        icon={<IconEyeOff size={20} />}
        classNames={{ root: classes.notice, message: classes.message, icon: classes.message }}
      >
        {t('tokens.shown.warning')}
      </Alert>
      <CopyField label={t('tokens.shown.label')} value={token} />
    </Stack>
  )
}
