import { Alert, Anchor, Button, Stack, Text, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useAskForLink, useSignInOptions } from '../../api/two-factor.ts'
import { ErrorNotice, useProblemText } from '../../components/notices/error-notice.tsx'
import classes from './sign-in-page.module.css'

/** Asks for a link by e-mail. The answer is the same for an address without an account. */
export default function ForgottenPassword({ onAgain }: { onAgain: () => void }) {
  const { t } = useTranslation()
  const options = useSignInOptions()
  const ask = useAskForLink()
  const problemText = useProblemText()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    ask.mutate(String(new FormData(event.currentTarget).get('email')))
  }
  const again = (
    <Anchor component="button" type="button" size="sm" onClick={onAgain}>
      {t('shell.signIn.again')}
    </Anchor>
  )
  if (options.isError) return <ErrorNotice error={options.error} onRetry={() => options.refetch()} />
  if (!options.data) return null
  if (!options.data.canMailLinks || ask.isSuccess)
    return (
      <Stack>
        <Text role="status">{t(ask.isSuccess ? 'shell.signIn.forgotten.done' : 'shell.signIn.forgotten.noMail')}</Text>
        {again}
      </Stack>
    )
  return (
    <form onSubmit={submit}>
      <Stack>
        {ask.error && (
          <Alert color="red" role="alert" variant="light" className={classes.alert}>
            {problemText(ask.error)}
          </Alert>
        )}
        <Text size="sm">{t('shell.signIn.forgotten.text')}</Text>
        <TextInput
          name="email"
          type="email"
          label={t('shell.signIn.email')}
          autoComplete="username"
          maxLength={200}
          required
          withAsterisk={false}
          autoFocus
          dir="ltr"
          size="md"
        />
        <Button type="submit" size="md" loading={ask.isPending}>
          {t('shell.signIn.forgotten.button')}
        </Button>
        {again}
      </Stack>
    </form>
  )
}
