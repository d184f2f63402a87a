import { NativeSelect, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type MadeToken, type Token, useConfirmSite, useRevokeToken, useRotateToken } from '../../api/tokens.ts'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { say } from '../../components/text/say.tsx'

interface Props {
  token: Token
  onClose: () => void
}

const GRACES = { none: 0, hour: 3_600, day: 86_400, week: 7 * 86_400 } as const

export function RotateDialog({ token, onMade, onClose }: Props & { onMade: (made: MadeToken) => void }) {
  const { t } = useTranslation()
  const rotate = useRotateToken()
  const [grace, setGrace] = useState<keyof typeof GRACES>('day')
  return (
    <ConfirmDialog
      title={t('tokens.rotateDialog.title', { name: token.name })}
      button={t('tokens.rotateDialog.button')}
      isPending={rotate.isPending}
      error={rotate.error}
      onConfirm={() => rotate.mutate({ id: token.id, grace_seconds: GRACES[grace] }, { onSuccess: onMade })}
      onClose={onClose}
    >
      <Stack>
        <Text>{t('tokens.rotateDialog.text')}</Text>
        <NativeSelect
          label={t('tokens.rotateDialog.grace')}
          data={Object.keys(GRACES).map((value) => ({
            value,
            label: t(`tokens.rotateDialog.graces.${value as keyof typeof GRACES}`),
          }))}
          value={grace}
          onChange={({ currentTarget }) => setGrace(currentTarget.value as keyof typeof GRACES)}
        />
      </Stack>
    </ConfirmDialog>
  )
}

export function RevokeDialog({ token, onClose }: Props) {
  const { t } = useTranslation()
  const revoke = useRevokeToken()
  const done = () => {
    say(t('tokens.revokeDialog.done'))
    onClose()
  }
  return (
    <ConfirmDialog
      title={t('tokens.revokeDialog.title', { name: token.name })}
      button={t('tokens.revokeDialog.button')}
      isDangerous
      isPending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(token.id, { onSuccess: done })}
      onClose={onClose}
    >
      {t('tokens.revokeDialog.text')}
    </ConfirmDialog>
  )
}

export function ConfirmSiteDialog({ token, onClose }: Props) {
  const { t } = useTranslation()
  const confirm = useConfirmSite()
  const done = () => {
    say(t('tokens.siteDialog.done'))
    onClose()
  }
  return (
    <ConfirmDialog
      title={t('tokens.siteDialog.title', { name: token.name })}
      button={t('tokens.siteDialog.button')}
      isPending={confirm.isPending}
      error={confirm.error}
      onConfirm={() => confirm.mutate(token.id, { onSuccess: done })}
      onClose={onClose}
    >
      {t('tokens.siteDialog.text')}
    </ConfirmDialog>
  )
}
