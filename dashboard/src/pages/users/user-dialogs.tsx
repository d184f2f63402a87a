import { Button, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type User, useChangeUser, useEraseTenant, useMakeResetLink } from '../../api/users.ts'
import { CopyField } from '../../components/copy-field.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { Dialog } from '../../components/notices/dialog.tsx'
import { say } from '../../components/text/say.tsx'

interface Props {
  user: User
  onClose: () => void
}

export function LinkDialog({ user, onMade, onClose }: Props & { onMade: (email: string, link: string) => void }) {
  const { t } = useTranslation()
  const make = useMakeResetLink()
  return (
    <ConfirmDialog
      title={t('users.linkDialog.title', { email: user.email })}
      button={t('users.linkDialog.button')}
      isPending={make.isPending}
      error={make.error}
      onConfirm={() => make.mutate(user.id, { onSuccess: (made) => onMade(user.email, made.reset_link) })}
      onClose={onClose}
    >
      {t('users.linkDialog.text')}
    </ConfirmDialog>
  )
}

/** The link is a secret until it is used, so only this dialog shows it. The server sends its path; the dialog adds the host. */
export function ShownLinkDialog({ email, link, onClose }: { email: string; link: string; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog onClose={onClose} title={t('users.link.title')} closeOnClickOutside={false} withCloseButton={false}>
      <Stack>
        <Text>{t('users.link.text', { email })}</Text>
        <CopyField label={t('users.link.label')} value={new URL(link, window.location.origin).href} />
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('users.link.done')}</Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

export function DeactivateDialog({ user, onClose }: Props) {
  const { t } = useTranslation()
  const change = useChangeUser()
  const done = () => {
    say(t('users.deactivateDialog.done'))
    onClose()
  }
  return (
    <ConfirmDialog
      title={t('users.deactivateDialog.title', { email: user.email })}
      button={t('users.deactivateDialog.button')}
      isDangerous
      isPending={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate({ id: user.id, is_active: false }, { onSuccess: done })}
      onClose={onClose}
    >
      {t('users.deactivateDialog.text')}
    </ConfirmDialog>
  )
}

interface EraseProps {
  email: string
  tenantId: number
  onErased: () => void
  onClose: () => void
}

/** Erases a tenant; the owner's address has to be typed, and the server asks for it, too. */
export function EraseDialog({ email, tenantId, onErased, onClose }: EraseProps) {
  const { t } = useTranslation()
  const erase = useEraseTenant()
  return (
    <ConfirmDialog
      title={t('users.eraseDialog.title', { email })}
      button={t('users.eraseDialog.button')}
      isDangerous
      typed={email}
      isPending={erase.isPending}
      error={erase.error}
      onConfirm={() => erase.mutate({ id: tenantId, confirm: email }, { onSuccess: onErased })}
      onClose={onClose}
    >
      {t('users.eraseDialog.text')}
    </ConfirmDialog>
  )
}
