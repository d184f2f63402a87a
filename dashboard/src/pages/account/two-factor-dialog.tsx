import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useMakeBackupCodes, useTurnOffTwoFactor } from '../../api/two-factor.ts'
import { Dialog } from '../../components/notices/dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { say } from '../../components/text/say.tsx'
import { inLatinDigits } from '../../digits.ts'
import { BackupCodes } from './backup-codes.tsx'

interface Props {
  choice: 'turnOff' | 'newCodes'
  onClose: () => void
}

/** Turns the second factor off, or makes new backup codes: both ask for the password and a code. */
export default function TwoFactorDialog({ choice, onClose }: Props) {
  const { t } = useTranslation()
  const turnOff = useTurnOffTwoFactor()
  const make = useMakeBackupCodes()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const { error, isPending } = choice === 'turnOff' ? turnOff : make
  const issueOf = (path: string) => (error instanceof ApiProblem ? error.issueOf(path) : undefined)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const given = { password, code }
    if (choice === 'newCodes') return make.mutate(given)
    turnOff.mutate(given, {
      onSuccess: () => {
        say(t('account.twoFactor.isOff'))
        onClose()
      },
    })
  }
  if (make.data)
    return (
      <Dialog
        onClose={onClose}
        title={t('account.twoFactor.codes')}
        closeOnClickOutside={false}
        closeOnEscape={false}
        withCloseButton={false}
      >
        <BackupCodes codes={make.data.backupCodes} onClose={onClose} />
      </Dialog>
    )
  return (
    <Dialog onClose={onClose} title={t(`account.twoFactor.${choice}`)}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm">
            {t(choice === 'turnOff' ? 'account.twoFactor.turnOffText' : 'account.twoFactor.newCodesText')}
          </Text>
          <PasswordInput
            label={t('account.twoFactor.password')}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            maxLength={200}
            dir="ltr"
            data-autofocus
            error={issueOf('password')}
          />
          <TextInput
            label={t('account.twoFactor.anyCode')}
            value={code}
            onChange={(event) => setCode(inLatinDigits(event.currentTarget.value))}
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={30}
            dir="ltr"
            error={issueOf('code')}
          />
          {error && <ErrorNotice error={error} shownElsewhere={['password', 'code']} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button
              type="submit"
              color={choice === 'turnOff' ? 'red.8' : 'brand'}
              disabled={password === '' || code === ''}
              loading={isPending}
            >
              {t(`account.twoFactor.${choice}`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
