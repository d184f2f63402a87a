import { Button, Group, Text } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useTwoFactor } from '../../api/two-factor.ts'
import { StateBadge } from '../../components/badge.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { Section } from '../../components/section.tsx'
import { useFormats } from '../../format.ts'

const TurnOnDialog = lazy(() => import('./turn-on-dialog.tsx'))
const ChangeDialog = lazy(() => import('./two-factor-dialog.tsx'))

type Choice = 'turnOn' | 'turnOff' | 'newCodes'

/** The second factor of the own account. */
export default function TwoFactor() {
  const { t } = useTranslation()
  const { numeral } = useFormats()
  const state = useTwoFactor()
  const [choice, setChoice] = useState<Choice | null>(null)
  const close = () => setChoice(null)
  return (
    <Section title={t('account.twoFactor.title')} hint={t('account.twoFactor.text')}>
      <Answered query={state}>
        {({ isOn, isReadable, backupCodesLeft }) => (
          <Group justify="space-between">
            <Group gap="sm">
              <StateBadge tone={isOn ? 'good' : 'neutral'}>
                {t(isOn ? 'account.twoFactor.on' : 'account.twoFactor.off')}
              </StateBadge>
              {isOn && (
                <Text size="sm" c={isReadable ? 'dimmed' : 'var(--mantine-color-error)'} maw="32rem">
                  {isReadable
                    ? t('account.twoFactor.codesLeft', { number: numeral(backupCodesLeft) })
                    : t('account.twoFactor.unreadable')}
                </Text>
              )}
            </Group>
            {isOn ? (
              <Group>
                <Button variant="default" onClick={() => setChoice('newCodes')}>
                  {t('account.twoFactor.newCodes')}
                </Button>
                <Button variant="default" onClick={() => setChoice('turnOff')}>
                  {t('account.twoFactor.turnOff')}
                </Button>
              </Group>
            ) : (
              <Button onClick={() => setChoice('turnOn')}>{t('account.twoFactor.turnOn')}</Button>
            )}
          </Group>
        )}
      </Answered>
      <Suspense>
        {choice === 'turnOn' && <TurnOnDialog onClose={close} />}
        {(choice === 'turnOff' || choice === 'newCodes') && <ChangeDialog choice={choice} onClose={close} />}
      </Suspense>
    </Section>
  )
}
