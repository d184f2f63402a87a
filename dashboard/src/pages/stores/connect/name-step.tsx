import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../../api/problem.ts'
import { type MadeToken, useMakeToken } from '../../../api/tokens.ts'
import { ErrorNotice } from '../../../components/error-notice.tsx'
import { useScope } from '../../../layout/scope.ts'
import classes from './name-step.module.css'
import { StepTitle } from './step-title.tsx'

/** A name and an environment are all that a store needs; its token is made with it. */
export function NameStep({ onMade }: { onMade: (made: MadeToken) => void }) {
  const { t } = useTranslation()
  const { scope } = useScope()
  const make = useMakeToken()
  const [name, setName] = useState('')
  const [environment, setEnvironment] = useState<'live' | 'test'>('live')
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
        <Radio.Group
          label={t('common.environment')}
          value={environment}
          onChange={(value) => setEnvironment(value as typeof environment)}
        >
          <div className={classes.choices}>
            {(['live', 'test'] as const).map((value) => (
              <Radio.Card key={value} value={value} radius="md" p="md" className={classes.choice}>
                <Group wrap="nowrap" align="flex-start">
                  <Radio.Indicator />
                  <div>
                    <Text fw={600}>{t(`stores.nameStep.${value}`)}</Text>
                    <Text size="sm" c="dimmed">
                      {t(`stores.nameStep.${value}Hint`)}
                    </Text>
                  </div>
                </Group>
              </Radio.Card>
            ))}
          </div>
        </Radio.Group>
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
