import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ModelPrices, useChangePrice, usePrices } from '../../api/models.ts'
import { StateBadge } from '../../components/badge.tsx'
import { Facts } from '../../components/facts.tsx'
import { Table } from '../../components/lists/list-table.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'
import { inLatinDigits } from '../../digits.ts'
import { useFormats } from '../../format.ts'

/** Shows the prices of a million tokens: the published ones and the operator's own. An admin sets and removes the latter. */
export function Prices() {
  const { t } = useTranslation()
  const prices = usePrices()
  return (
    <Section title={t('settings.prices.title')} hint={t('settings.prices.text')}>
      <Answered query={prices}>{(found) => <PriceTable prices={found} />}</Answered>
      <PriceForm />
    </Section>
  )
}

function PriceTable({ prices }: { prices: ModelPrices }) {
  const { t } = useTranslation()
  const { date, dollars } = useFormats()
  const change = useChangePrice()
  const published = date(new Date(prices.published_on))
  const sourceOf = (source: ModelPrices['in_use']['source']) =>
    t(`settings.prices.sources.${source}`, { date: published })
  const { model, usd_per_million_tokens: price, source } = prices.in_use
  return (
    <Stack gap="sm">
      <Facts
        facts={[
          [
            t('settings.prices.inUse'),
            <span key="model" className="ltr">
              {model}
            </span>,
          ],
          [t('settings.prices.price'), price === null ? t('common.none') : dollars(price)],
          [t('settings.prices.source'), sourceOf(source)],
        ]}
      />
      {prices.results.length === 0 ? (
        <Text size="sm">{t('settings.prices.empty')}</Text>
      ) : (
        <Table
          label={t('settings.prices.title')}
          rows={prices.results}
          rowKey={(row) => `${row.source} ${row.model}`}
          columns={[
            {
              key: 'model',
              header: t('settings.prices.model'),
              isTitle: true,
              cell: (row) => <span className="ltr">{row.model}</span>,
            },
            {
              key: 'price',
              header: t('settings.prices.price'),
              cell: (row) => dollars(row.usd_per_million_tokens),
            },
            {
              key: 'source',
              header: t('settings.prices.source'),
              cell: (row) => (
                <Group gap="xs">
                  <StateBadge tone={row.source === 'operator' ? 'info' : 'neutral'}>{sourceOf(row.source)}</StateBadge>
                  {row.source === 'operator' && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-label={t('settings.prices.remove', { model: row.model })}
                      loading={change.isPending && change.variables.model === row.model}
                      onClick={() =>
                        change.mutate({ model: row.model, price: null }, { onSuccess: () => say(t('common.saved')) })
                      }
                    >
                      {t('settings.prices.removeShort')}
                    </Button>
                  )}
                </Group>
              ),
            },
          ]}
        />
      )}
      {change.error && <ErrorNotice error={change.error} />}
    </Stack>
  )
}

function PriceForm() {
  const { t } = useTranslation()
  const change = useChangePrice()
  const [model, setModel] = useState('')
  const [price, setPrice] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(
      { model: model.trim(), price: inLatinDigits(price).trim() },
      {
        onSuccess: () => {
          say(t('common.saved'))
          setModel('')
          setPrice('')
        },
      },
    )
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Group align="flex-end">
          <TextInput
            label={t('settings.prices.model')}
            value={model}
            onChange={(event) => setModel(event.currentTarget.value)}
            dir="ltr"
            maxLength={200}
            required
          />
          <TextInput
            label={t('settings.prices.price')}
            value={price}
            onChange={(event) => setPrice(event.currentTarget.value)}
            inputMode="decimal"
            required
          />
          <Button type="submit" loading={change.isPending}>
            {t('settings.prices.set')}
          </Button>
        </Group>
        {change.error && <ErrorNotice error={change.error} />}
      </Stack>
    </form>
  )
}
