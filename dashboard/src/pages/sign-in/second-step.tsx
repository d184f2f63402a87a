import { Alert, Anchor, Button, Checkbox, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useSecondStep } from '../../api/two-factor.ts'
import { useProblemText } from '../../components/notices/error-notice.tsx'
import { inLatinDigits } from '../../digits.ts'
import classes from './sign-in-page.module.css'

/** The second step: a code of the app, or a backup code. */
export default function SecondStep({ onAgain }: { onAgain: () => void }) {
  const { t } = useTranslation()
  const verify = useSecondStep()
  const problemText = useProblemText()
  const [code, setCode] = useState('')
  const [isBackup, setBackup] = useState(false)
  const [isTrusted, setTrusted] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    verify.mutate({ code, trustDevice: isTrusted }, { onError: () => setCode('') })
  }
  const hasEnded = verify.error instanceof ApiProblem && verify.error.code === 'sign_in_ended'
  const change = () => {
    setBackup(!isBackup)
    setCode('')
    verify.reset()
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {verify.error && (
          <Alert color="red" role="alert" variant="light" className={classes.alert}>
            {problemText(verify.error)}
          </Alert>
        )}
        {hasEnded ? (
          <Button size="md" onClick={onAgain} data-autofocus autoFocus>
            {t('shell.signIn.again')}
          </Button>
        ) : (
          <>
            <TextInput
              key={isBackup ? 'backup' : 'app'}
              label={t(isBackup ? 'shell.signIn.second.backup' : 'shell.signIn.second.app')}
              name="code"
              value={code}
              onChange={(event) => setCode(inLatinDigits(event.currentTarget.value))}
              autoComplete={isBackup ? 'off' : 'one-time-code'}
              inputMode={isBackup ? 'text' : 'numeric'}
              autoCapitalize="none"
              spellCheck={false}
              maxLength={30}
              required
              withAsterisk={false}
              autoFocus
              dir="ltr"
              size="md"
            />
            <Checkbox
              label={t('shell.signIn.second.trust')}
              checked={isTrusted}
              onChange={(event) => setTrusted(event.currentTarget.checked)}
            />
            <Button type="submit" size="md" loading={verify.isPending}>
              {t('shell.signIn.button')}
            </Button>
            <Anchor component="button" type="button" size="sm" onClick={change}>
              {t(isBackup ? 'shell.signIn.second.useApp' : 'shell.signIn.second.useBackup')}
            </Anchor>
            <Anchor component="button" type="button" size="sm" onClick={onAgain}>
              {t('shell.signIn.again')}
            </Anchor>
          </>
        )}
      </Stack>
    </form>
  )
}
