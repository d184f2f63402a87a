import { Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import {
  type QuestionSettings,
  useChangeQuestionSettings,
  useDeleteQuestions,
  useQuestionSettings,
} from '../../api/questions.ts'
import { Answered } from '../../components/notices/answered.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'
import { inLatinDigits } from '../../digits.ts'
import { useFormats } from '../../format.ts'
import { useScope } from '../../layout/scope.ts'

/** Whether questions are stored, for how long, and how to delete them. */
export function QuestionKeeping({ isOneTenant }: { isOneTenant: boolean }) {
  const { t } = useTranslation()
  return (
    <Section title={t('questions.keeping.title')} hint={t('questions.keeping.hint')}>
      {isOneTenant ? <Keeping /> : <Text>{t('questions.keeping.allTenants')}</Text>}
    </Section>
  )
}

function Keeping() {
  const { scope } = useScope()
  const settings = useQuestionSettings(scope)
  return (
    <Answered query={settings}>
      {(found) => (
        <>
          <KeepingForm key={`${found.is_on} ${found.retention_days}`} settings={found} />
          <Deletion settings={found} />
        </>
      )}
    </Answered>
  )
}

function KeepingForm({ settings }: { settings: QuestionSettings }) {
  const { t } = useTranslation()
  const { numeral } = useFormats()
  const { scope } = useScope()
  const change = useChangeQuestionSettings(scope)
  const [isOn, setOn] = useState(settings.is_on)
  const [days, setDays] = useState(numeral(settings.retention_days))
  const issue =
    change.error instanceof ApiProblem ? change.error.issues.find(({ path }) => path === 'retention_days') : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const typed = inLatinDigits(days).trim()
    // What is no number is refused by the server, with its sentence.
    const retentionDays = /^\d{1,6}$/.test(typed) ? Number(typed) : 0
    // A promise and no callback of `mutate`: the new values replace this form, and callbacks of a form that is gone are not called.
    change.mutateAsync({ is_on: isOn, retention_days: retentionDays }).then(
      () => say(t('common.saved')),
      // The error is shown below.
      () => {},
    )
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Checkbox
          label={t('questions.keeping.isOn')}
          description={t('questions.keeping.isOnHint')}
          checked={isOn}
          onChange={(event) => setOn(event.currentTarget.checked)}
        />
        <Group align="flex-end">
          <TextInput
            label={t('questions.keeping.days')}
            value={days}
            onChange={(event) => setDays(event.currentTarget.value)}
            inputMode="numeric"
            required
            error={issue?.detail}
          />
          <Button type="submit" loading={change.isPending}>
            {t('common.save')}
          </Button>
        </Group>
        {change.error && <ErrorNotice error={change.error} shownElsewhere={['retention_days']} />}
      </Stack>
    </form>
  )
}

function Deletion({ settings }: { settings: QuestionSettings }) {
  const { t } = useTranslation()
  const { date } = useFormats()
  const { scope } = useScope()
  const remove = useDeleteQuestions(scope)
  const [isAsking, setAsking] = useState(false)
  const close = () => setAsking(false)
  const done = () => {
    say(t('questions.keeping.deleted'))
    close()
  }
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed">
        {t('questions.keeping.stored', { count: settings.stored })}{' '}
        {settings.oldest_at !== null && t('questions.keeping.oldest', { when: date(settings.oldest_at) })}
      </Text>
      {settings.stored > 0 && (
        <Button variant="outline" color="red.8" c="var(--mantine-color-error)" onClick={() => setAsking(true)}>
          {t('questions.keeping.delete')}
        </Button>
      )}
      {isAsking && (
        <ConfirmDialog
          title={t('questions.keeping.delete')}
          button={t('questions.keeping.delete')}
          isDangerous
          isPending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(undefined, { onSuccess: done })}
          onClose={close}
        >
          {t('questions.keeping.deleteText')}
        </ConfirmDialog>
      )}
    </Group>
  )
}
