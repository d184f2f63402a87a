import { Button, Group, NativeSelect, Progress, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Choice, type Model, type Provider, useChangeModel, useEstimate, useModel } from '../../api/models.ts'
import { Answered } from '../../components/notices/answered.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'
import { inLatinDigits } from '../../digits.ts'
import { useFormats } from '../../format.ts'

/** Choice of the embedding model: estimate first, then start; later the way back. */
export function ModelChoice() {
  const { t } = useTranslation()
  const model = useModel()
  return (
    <Section title={t('settings.model.title')} hint={t('settings.model.text')}>
      <Answered query={model}>
        {(found) => (
          <Stack>
            <Loading loading={found.loading} />
            <Text size="sm">
              {t(found.chosen_by === 'dashboard' ? 'settings.model.byDashboard' : 'settings.model.byEnvironment')}
            </Text>
            <ChoiceForm model={found} />
            <WayBack model={found} />
          </Stack>
        )}
      </Answered>
    </Section>
  )
}

function Loading({ loading: { state, percent, error } }: { loading: Model['loading'] }) {
  const { t } = useTranslation()
  if (state === 'failed')
    return (
      <Text c="red.8" role="alert" dir="auto">
        {error}
      </Text>
    )
  if (state !== 'loading') return null
  return (
    <div aria-live="polite">
      <Progress value={percent ?? 100} animated radius="xl" aria-label={t('settings.model.loading')} />
      <Text size="sm" c="dimmed">
        {percent === null ? t('settings.model.loading') : t('settings.model.downloaded', { percent })}
      </Text>
    </div>
  )
}

function ChoiceForm({ model }: { model: Model }) {
  const { t } = useTranslation()
  const change = useChangeModel()
  const estimate = useEstimate()
  const [provider, setProvider] = useState<Provider>(model.in_use.provider as Provider)
  const [typed, setTyped] = useState('')
  const [dimensions, setDimensions] = useState<number | null>(null)
  const option = model.providers.find((each) => each.provider === provider)
  const isNamed = provider === 'openai' || provider === 'local'
  const name = typed.trim() || option?.models[0]
  const choice: Choice = {
    provider,
    ...(isNamed && name !== undefined && { model: name }),
    ...(isNamed && dimensions !== null && { dimensions }),
  }
  const forget = () => {
    estimate.reset()
    change.reset()
  }
  const error = estimate.error ?? change.error
  return (
    <Stack>
      <Group align="flex-end">
        <NativeSelect
          label={t('settings.model.provider')}
          data={model.providers.map((each) => ({
            value: each.provider,
            label: each.is_available
              ? t(`settings.model.providers.${each.provider}`)
              : `${t(`settings.model.providers.${each.provider}`)} (${t('settings.model.unavailable')})`,
          }))}
          value={provider}
          onChange={({ currentTarget }) => {
            setProvider(currentTarget.value as Provider)
            setTyped('')
            setDimensions(null)
            forget()
          }}
        />
        {isNamed && (
          <>
            <TextInput
              label={t('settings.model.model')}
              value={typed}
              placeholder={option?.models[0] ?? ''}
              onChange={(event) => {
                setTyped(event.currentTarget.value)
                forget()
              }}
              dir="ltr"
              maxLength={200}
            />
            <TextInput
              label={t('settings.model.dimensions')}
              value={dimensions ?? ''}
              onChange={({ currentTarget }) => {
                const digits = inLatinDigits(currentTarget.value).replace(/\D/g, '')
                setDimensions(digits === '' ? null : Number(digits))
                forget()
              }}
              inputMode="numeric"
              dir="ltr"
              maxLength={5}
            />
          </>
        )}
      </Group>
      {option?.reason && (
        <Text size="sm" dir="auto">
          {option.reason}
        </Text>
      )}
      <Group>
        <Button
          variant="default"
          disabled={!option?.is_available}
          loading={estimate.isPending}
          onClick={() => estimate.mutate(choice)}
        >
          {t('settings.model.estimate')}
        </Button>
        {estimate.data && (
          <Button
            loading={change.isPending}
            onClick={() => change.mutate(choice, { onSuccess: () => say(t('settings.model.started')) })}
          >
            {t('settings.model.start')}
          </Button>
        )}
      </Group>
      <div aria-live="polite">
        {error && <ErrorNotice error={error} />}
        {estimate.data && <EstimateFacts estimate={estimate.data} />}
      </div>
    </Stack>
  )
}

function EstimateFacts({ estimate }: { estimate: NonNullable<ReturnType<typeof useEstimate>['data']> }) {
  const { t } = useTranslation()
  const { compact, dollars } = useFormats()
  const { to_embed: wanted, kept } = estimate
  return (
    <Stack gap={2}>
      <Text>{t('settings.model.estimated', { count: wanted.texts, tokens: compact(wanted.tokens) })}</Text>
      {kept.texts > 0 && <Text>{t('settings.model.kept', { count: kept.texts })}</Text>}
      <Text>
        {wanted.cost_usd === null
          ? t('settings.model.unknown')
          : estimate.price_source === 'free'
            ? t('settings.model.free')
            : t('settings.model.cost', { amount: dollars(wanted.cost_usd) })}
      </Text>
      <Text>{t('settings.model.time', { count: Math.max(1, Math.ceil(wanted.seconds / 60)) })}</Text>
    </Stack>
  )
}

function WayBack({ model }: { model: Model }) {
  const { t } = useTranslation()
  const change = useChangeModel()
  const onSuccess = () => say(t('settings.model.undone'))
  if (model.previous === null && model.chosen_by === 'environment') return null
  return (
    <>
      {change.error && <ErrorNotice error={change.error} />}
      <Group>
        {model.previous && (
          <Button
            variant="default"
            loading={change.isPending && change.variables === 'undo'}
            onClick={() => change.mutate('undo', { onSuccess })}
          >
            {t('settings.model.undo', { model: model.previous.model })}
          </Button>
        )}
        {model.chosen_by === 'dashboard' && (
          <Button
            variant="default"
            loading={change.isPending && change.variables === 'environment'}
            onClick={() => change.mutate('environment', { onSuccess })}
          >
            {t('settings.model.toEnvironment')}
          </Button>
        )}
      </Group>
    </>
  )
}
