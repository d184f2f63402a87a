import { Group, Radio, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Store } from '../api/stores.ts'
import classes from './environment-choice.module.css'

export type Environment = Store['environment']

interface Props {
  value: Environment
  onChange: (environment: Environment) => void
}

/** The real shop or a test copy, with what that means. */
export function EnvironmentChoice({ value, onChange }: Props) {
  const { t } = useTranslation()
  return (
    <Radio.Group label={t('common.environment')} value={value} onChange={(chosen) => onChange(chosen as Environment)}>
      <div className={classes.choices}>
        {(['live', 'test'] as const).map((environment) => (
          <Radio.Card key={environment} value={environment} radius="md" p="md" className={classes.choice}>
            <Group wrap="nowrap" align="flex-start">
              <Radio.Indicator />
              <div>
                <Text fw={600}>{t(`stores.environments.${environment}`)}</Text>
                <Text size="sm" c="dimmed">
                  {t(`stores.environments.${environment}Hint`)}
                </Text>
              </div>
            </Group>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  )
}
