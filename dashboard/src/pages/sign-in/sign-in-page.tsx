import { Alert, Button, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { type FormEvent, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useSignIn } from '../../api/session.ts'
import { useProblemText } from '../../components/notices/error-notice.tsx'
import { AppearanceMenu, LanguageSwitch } from '../../layout/menus.tsx'
import { Wordmark } from '../../layout/wordmark.tsx'
import classes from './sign-in-page.module.css'

export default function SignInPage() {
  const { t } = useTranslation()
  const signIn = useSignIn()
  const problemText = useProblemText()
  const title = t('shell.signIn.title')
  useEffect(() => {
    document.title = `${title} · ${t('shell.product')}`
  }, [title, t])
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    signIn.mutate({ email: String(form.get('email')), password: String(form.get('password')) })
  }
  const isRefused = signIn.error instanceof ApiProblem && signIn.error.status === 401
  return (
    <div className={classes.page}>
      <Group justify="flex-end" p="md" gap={4}>
        <LanguageSwitch />
        <AppearanceMenu />
      </Group>
      <main className={classes.main}>
        <Stack align="center" gap={6} mb="xl">
          <Wordmark isLarge />
          <Text c="dimmed" ta="center">
            {t('shell.signIn.lead')}
          </Text>
        </Stack>
        <Paper withBorder radius="lg" p={{ base: 'lg', sm: 'xl' }} shadow="sm" className={classes.card}>
          <Title order={1} size="h3" mb="md">
            {title}
          </Title>
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
        </Paper>
        <Text size="sm" c="dimmed" ta="center" mt="lg">
          {t('shell.signIn.forgot')}
        </Text>
      </main>
    </div>
  )
}
