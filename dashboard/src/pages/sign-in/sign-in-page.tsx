import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useSignIn } from '../../api/session.ts'
import { useProblemText } from '../../components/notices/error-notice.tsx'
import { CardPage } from '../../layout/card-page.tsx'
import classes from './sign-in-page.module.css'

export default function SignInPage() {
  const { t } = useTranslation()
  const signIn = useSignIn()
  const problemText = useProblemText()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    signIn.mutate({ email: String(form.get('email')), password: String(form.get('password')) })
  }
  const isRefused = signIn.error instanceof ApiProblem && signIn.error.status === 401
  return (
    <CardPage title={t('shell.signIn.title')} lead={t('shell.signIn.lead')} foot={t('shell.signIn.forgot')}>
      <form onSubmit={submit}>
        <Stack>
          {signIn.error && (
            <Alert color="red" role="alert" variant="light" className={classes.alert}>
              {isRefused ? t('shell.signIn.refused') : problemText(signIn.error)}
            </Alert>
          )}
          <TextInput
            name="email"
            type="email"
            label={t('shell.signIn.email')}
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            dir="ltr"
            size="md"
          />
          <PasswordInput
            dir="ltr"
            name="password"
            label={t('shell.signIn.password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            size="md"
          />
          <Button type="submit" size="md" mt="xs" loading={signIn.isPending}>
            {t('shell.signIn.button')}
          </Button>
        </Stack>
      </form>
    </CardPage>
  )
}
