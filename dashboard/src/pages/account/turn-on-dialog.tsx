import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useBeginTwoFactor, useConfirmTwoFactor } from '../../api/two-factor.ts'
import { CopyField } from '../../components/copy-field.tsx'
import { Dialog } from '../../components/notices/dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { say } from '../../components/text/say.tsx'
import { inLatinDigits } from '../../digits.ts'
import { BackupCodes } from './backup-codes.tsx'
import { pathOf, qrCode } from './qr-code.ts'
import classes from './two-factor.module.css'

/** Three steps: the password, the key with a first code, and the backup codes. */
export default function TurnOnDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const begin = useBeginTwoFactor()
  const confirm = useConfirmTwoFactor()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const issueOf = (error: Error | null, path: string) => (error instanceof ApiProblem ? error.issueOf(path) : undefined)
  const submitPassword = (event: FormEvent) => {
    event.preventDefault()
    begin.mutate({ password }, { onSuccess: () => setPassword('') })
  }
  const submitCode = (event: FormEvent) => {
    event.preventDefault()
    confirm.mutate({ code }, { onSuccess: () => say(t('account.twoFactor.isOn')), onError: () => setCode('') })
  }
  if (confirm.data)
    return (
      <Dialog
        onClose={onClose}
        title={t('account.twoFactor.codes')}
        closeOnClickOutside={false}
        closeOnEscape={false}
        withCloseButton={false}
      >
        <BackupCodes codes={confirm.data.backupCodes} onClose={onClose} />
      </Dialog>
    )
  return (
    <Dialog onClose={onClose} title={t('account.twoFactor.turnOn')} closeOnClickOutside={false}>
      {begin.data ? (
        <form onSubmit={submitCode} noValidate>
          <Stack>
            <Text size="sm">{t('account.twoFactor.scan')}</Text>
            <Picture uri={begin.data.uri} />
            <CopyField label={t('account.twoFactor.key')} value={begin.data.key} />
            <TextInput
              key="code"
              label={t('account.twoFactor.appCode')}
              description={t('account.twoFactor.elsewhere')}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              value={code}
              onChange={(event) => setCode(inLatinDigits(event.currentTarget.value))}
              autoComplete="one-time-code"
              inputMode="numeric"
              maxLength={20}
              dir="ltr"
              autoFocus
              error={issueOf(confirm.error, 'code')}
            />
            {confirm.error && <ErrorNotice error={confirm.error} shownElsewhere={['code']} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('common.cancel')}
              </Button>
              <Button type="submit" disabled={code === ''} loading={confirm.isPending}>
                {t('account.twoFactor.turnOn')}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <form onSubmit={submitPassword} noValidate>
          <Stack>
            <PasswordInput
              label={t('account.twoFactor.password')}
              description={t('account.twoFactor.passwordText')}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="current-password"
              maxLength={200}
              dir="ltr"
              data-autofocus
              error={issueOf(begin.error, 'password')}
            />
            {begin.error && <ErrorNotice error={begin.error} shownElsewhere={['password']} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('common.cancel')}
              </Button>
              <Button type="submit" disabled={password === ''} loading={begin.isPending}>
                {t('account.twoFactor.next')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  )
}

/** Quiet zone around a QR code, in modules. */
const QUIET = 4

/** Drawn here: the key is sent nowhere. Dark on light in both colour schemes, because some scanners read nothing else. */
function Picture({ uri }: { uri: string }) {
  const { t } = useTranslation()
  const rows = useMemo(() => qrCode(uri), [uri])
  const size = rows.length + 2 * QUIET
  return (
    <svg
      className={classes.picture}
      viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`}
      shapeRendering="crispEdges"
      role="img"
      aria-label={t('account.twoFactor.picture')}
    >
      <rect x={-QUIET} y={-QUIET} width={size} height={size} fill="#fff" />
      <path d={pathOf(rows)} fill="#000" />
    </svg>
  )
}
