import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { type FormEvent, lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useSignIn } from '../../api/session.ts'
import { useProblemText } from '../../components/notices/error-notice.tsx'
import { CardPage } from '../../layout/card-page.tsx'
import classes from './sign-in-page.module.css'

const SecondStep = lazy(() => import('./second-step.tsx'))
const ForgottenPassword = lazy(() => import('./forgotten-password.tsx'))

export default function SignInPage() {
  const { t } = useTranslation()
  const [isForgotten, setForgotten] = useState(false)
  const signIn = useSignIn()
  const problemText = useProblemText()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    signIn.mutate({ email: String(form.get('email')), password: String(form.get('password')) })
  }
  const isRefused = signIn.error instanceof ApiProblem && signIn.error.status === 401
  if (signIn.data?.twoFactorRedirect)
    return (
      <CardPage title={t('shell.signIn.second.title')} lead={t('shell.signIn.lead')}>
        <Suspense>
          <SecondStep onAgain={signIn.reset} />
        </Suspense>
      </CardPage>
    )
  if (isForgotten)
    return (
      <CardPage title={t('shell.signIn.forgotten.title')} lead={t('shell.signIn.lead')}>
        <Suspense>
          <ForgottenPassword onAgain={() => setForgotten(false)} />
        </Suspense>
      </CardPage>
    )
  const foot = (
    <Anchor component="button" type="button" size="sm" onClick={() => setForgotten(true)}>
      {t('shell.signIn.forgot')}
    </Anchor>
  )
  return (
    <CardPage title={t('shell.signIn.title')} lead={t('shell.signIn.lead')} foot={foot}>
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
