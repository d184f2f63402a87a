import { Button, Group, PasswordInput, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useChangeAccount, useMe } from '../../api/session.ts'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'

/** One's name and address. Another address asks for the password, because no mail is sent to it. */
export function OwnDetails() {
  const { t } = useTranslation()
  const me = useMe()
  const change = useChangeAccount()
  const [name, setName] = useState(me.name ?? '')
  const [email, setEmail] = useState(me.email ?? '')
  const [password, setPassword] = useState('')
  const isMoving = email.trim().toLowerCase() !== me.email
  const isChanged = isMoving || name.trim() !== me.name
  const issueOf = (path: string) => (change.error instanceof ApiProblem ? change.error.issueOf(path) : undefined)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(
      { name: name.trim(), ...(isMoving && { email: email.trim(), current_password: password }) },
      {
        onSuccess: (changed) => {
          setEmail(changed.email ?? '')
          setPassword('')
          say(t('common.saved'))
        },
      },
    )
  }
  return (
    <Section title={t('account.details.title')} hint={t(`shell.${me.role}`)}>
      {/* The server's messages about invalid fields, in the language of the page. */}
      <form onSubmit={submit} noValidate>
        <Stack>
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <TextInput
              miw="15rem"
              label={t('common.name')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              autoComplete="name"
              maxLength={200}
              error={issueOf('name')}
            />
            <TextInput
              miw="15rem"
              type="email"
              dir="ltr"
              label={t('account.details.email')}
              description={t('account.details.emailHint')}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
              autoComplete="email"
              maxLength={200}
              error={issueOf('email')}
            />
          </Group>
          {isMoving && (
            <PasswordInput
              dir="ltr"
              maw={{ base: '100%', sm: '24rem' }}
              label={t('account.password.current')}
              description={t('account.details.passwordHint')}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="current-password"
              maxLength={200}
              error={issueOf('current_password')}
            />
          )}
          {change.error && <ErrorNotice error={change.error} shownElsewhere={['name', 'email', 'current_password']} />}
          <Group justify="flex-end">
            <Button type="submit" disabled={!isChanged || (isMoving && password === '')} loading={change.isPending}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
