import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../../api/problem.ts'
import { type MadeToken, useMakeToken } from '../../../api/tokens.ts'
import { type Environment, EnvironmentChoice } from '../../../components/environment-choice.tsx'
import { ErrorNotice } from '../../../components/notices/error-notice.tsx'
import { useScope } from '../../../layout/scope.ts'
import { StepTitle } from './step-title.tsx'

/** A name and an environment are all that a store needs; its token is made with it. */
export function NameStep({ onMade }: { onMade: (made: MadeToken) => void }) {
  const { t } = useTranslation()
  const { scope } = useScope()
  const make = useMakeToken()
  const [name, setName] = useState('')
  const [environment, setEnvironment] = useState<Environment>('live')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate({ integration_type: 'woocommerce', name: name.trim(), environment, ...scope }, { onSuccess: onMade })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        <div>
          <StepTitle>{t('stores.nameStep.title')}</StepTitle>
          <Text c="dimmed">{t('stores.nameStep.text')}</Text>
        </div>
        <TextInput
          size="md"
          label={t('common.name')}
          placeholder={t('stores.nameStep.placeholder')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          withAsterisk={false}
          maxLength={200}
          error={make.error instanceof ApiProblem ? make.error.issueOf('name') : undefined}
        />
        <EnvironmentChoice value={environment} onChange={setEnvironment} />
        {make.error && <ErrorNotice error={make.error} shownElsewhere={['name']} />}
        <Group justify="flex-end">
          <Button type="submit" size="md" loading={make.isPending}>
            {t('stores.nameStep.button')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
