import { Button, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import {
  type MailReport,
  type User,
  useChangeUser,
  useEraseTenant,
  useMakeResetLink,
  useResetTwoFactor,
} from '../../api/users.ts'
import { CopyField } from '../../components/copy-field.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { Dialog } from '../../components/notices/dialog.tsx'
import { say } from '../../components/text/say.tsx'
import './words.ts'

interface Props {
  user: User
  onClose: () => void
}

export interface MadeLink {
  email: string
  link: string
  mail: MailReport | null
}

export function LinkDialog({ user, onMade, onClose }: Props & { onMade: (made: MadeLink) => void }) {
  const { t } = useTranslation()
  const make = useMakeResetLink()
  return (
    <ConfirmDialog
      title={t('users.linkDialog.title', { email: user.email })}
      button={t('users.linkDialog.button')}
      isPending={make.isPending}
      error={make.error}
      onConfirm={() =>
        make.mutate(user.id, {
          onSuccess: (made) => onMade({ email: user.email, link: made.reset_link, mail: made.mail }),
        })
      }
      onClose={onClose}
    >
      {t('users.linkDialog.text')}
    </ConfirmDialog>
  )
}

/** The link is a secret until it is used, so only this dialog shows it. The server sends its path; the dialog adds the host. */
export function ShownLinkDialog({ email, link, mail, onClose }: MadeLink & { onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog onClose={onClose} title={t('users.link.title')} closeOnClickOutside={false} withCloseButton={false}>
      <Stack>
        <Text>{t('users.link.text', { email })}</Text>
        {mail && <MailNotice email={email} mail={mail} />}
        <CopyField label={t('users.link.label')} value={new URL(link, window.location.origin).href} />
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('users.link.done')}</Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

/** Whether the user got an e-mail, or why not. */
function MailNotice({ email, mail }: { email: string; mail: MailReport }) {
  const { t } = useTranslation()
  return (
    <Text
      size="sm"
      role="status"
      c={mail.is_sent || mail.failure === 'not_configured' ? 'dimmed' : 'var(--mantine-color-error)'}
    >
      {mail.is_sent ? t('users.mailed', { email }) : t('users.notMailed', { reason: mail.detail })}
    </Text>
  )
}

export function ResetTwoFactorDialog({ user, onClose }: Props) {
  const { t } = useTranslation()
  const reset = useResetTwoFactor()
  const title = t('users.resetDialog.title', { email: user.email })
  if (reset.data)
    return (
      <Dialog onClose={onClose} title={title}>
        <Stack>
          <Text>{t('users.resetDialog.done')}</Text>
          {reset.data.mail && <MailNotice email={user.email} mail={reset.data.mail} />}
          <Group justify="flex-end">
            <Button onClick={onClose} data-autofocus>
              {t('common.close')}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    )
  return (
    <ConfirmDialog
      title={title}
      button={t('users.resetDialog.button')}
      isDangerous
      isPending={reset.isPending}
      error={reset.error}
      onConfirm={() => reset.mutate(user.id)}
      onClose={onClose}
    >
      {t('users.resetDialog.text')}
    </ConfirmDialog>
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
