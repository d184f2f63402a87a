import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTestMail, useTestProvider, type Values } from '../../api/server-settings.ts'
import { StateBadge } from '../../components/badge.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { useServerWords } from './server-words.ts'

/** Sends a test e-mail to the admin, also with values that are not saved, and shows what the mail server answered. */
export function MailTest({ values }: { values: Values }) {
  const { t } = useServerWords()
  const test = useTestMail()
  const result = test.data
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate(values)}>
          {t('testMail')}
        </Button>
      </Group>
      <div aria-live="polite">
        {test.error && <ErrorNotice error={test.error} />}
        {result && !test.isPending && (
          <Result isGood={result.is_delivered} message={result.message} answer={result.answer}>
            {t('mailTo', { to: result.to })}
          </Result>
        )}
      </div>
    </Stack>
  )
}

/** Embeds one text, also with values that are not saved, and shows the size of the vector or the provider's error. */
export function ProviderTest({ values }: { values: Values }) {
  const { t } = useServerWords()
  const test = useTestProvider()
  const [model, setModel] = useState('')
  const result = test.data
  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <TextInput
          label={t('model')}
          placeholder={t('modelHint')}
          value={model}
          onChange={(event) => setModel(event.currentTarget.value)}
          dir="ltr"
          maxLength={200}
        />
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate({ values, model: model.trim() })}>
          {t('testProvider')}
        </Button>
      </Group>
      <div aria-live="polite">
        {test.error && <ErrorNotice error={test.error} />}
        {result && !test.isPending && (
          <Result isGood={result.is_working} message={result.message} answer={result.answer}>
            {result.dimensions !== null &&
              t('vector', { model: result.model, count: result.dimensions, ms: result.duration_ms })}
          </Result>
        )}
      </div>
    </Stack>
  )
}

interface ResultProps {
  isGood: boolean
  message: string
  /** The other server's own words. */
  answer: string | null
  children: ReactNode
}

function Result({ isGood, message, answer, children }: ResultProps) {
  const { t } = useServerWords()
  return (
    <Stack gap={2}>
      <StateBadge tone={isGood ? 'good' : 'bad'}>{message}</StateBadge>
      {children && <Text size="sm">{children}</Text>}
      {answer !== null && (
        <Text size="sm">
          {t('answer')} <code dir="auto">{answer}</code>
        </Text>
      )}
    </Stack>
  )
}
