import { Button, Group, PasswordInput, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useChangePassword, useMe } from '../../api/session.ts'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'

/** The sign-in library's code for a wrong password. */
const WRONG = 'INVALID_PASSWORD'
const LENGTH = ['PASSWORD_TOO_SHORT', 'PASSWORD_TOO_LONG']

export function ChangePassword() {
  const { t } = useTranslation()
  const me = useMe()
  const change = useChangePassword()
  const [current, setCurrent] = useState('')
  const [wanted, setWanted] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(
      { currentPassword: current, newPassword: wanted },
      {
        onSuccess: () => {
          say(t('account.password.done'))
          setCurrent('')
          setWanted('')
        },
      },
    )
  }
  const code = change.error instanceof ApiProblem ? change.error.code : ''
  const isWrong = code === WRONG
  const isWrongLength = LENGTH.includes(code)
  return (
    <Section title={t('account.password.title')} hint={t('account.password.text')}>
      <form onSubmit={submit} noValidate>
        {/* The user name, for password managers. */}
        <input type="hidden" name="username" autoComplete="username" value={me.email ?? ''} readOnly />
        <Stack>
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <PasswordInput
              dir="ltr"
              miw="15rem"
              label={t('account.password.current')}
              value={current}
              onChange={(event) => setCurrent(event.currentTarget.value)}
              autoComplete="current-password"
              error={isWrong ? t('account.password.wrong') : undefined}
            />
            <PasswordInput
              dir="ltr"
              miw="15rem"
              label={t('account.password.new')}
              description={t('account.password.length')}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value)}
              autoComplete="new-password"
              error={isWrongLength ? t('account.password.wrongLength') : undefined}
            />
          </Group>
          {change.error && !isWrong && !isWrongLength && <ErrorNotice error={change.error} />}
          <Group justify="flex-end">
            <Button type="submit" disabled={current === '' || wanted === ''} loading={change.isPending}>
              {t('account.password.title')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
