import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { AuthorizationRequest } from '../../api/agents.ts'

type Stores = AuthorizationRequest['stores']
/** `live` and `test`: all stores of the environment; otherwise the id of a store. */
type Choice = string

/** The only store, or all live ones. */
export function firstChoice(stores: Stores): Choice {
  return stores.length === 1 ? String(stores[0]?.id) : 'live'
}

export function toDecision(choice: Choice): { store_id: number } | { environment: 'live' | 'test' } {
  return choice === 'live' || choice === 'test' ? { environment: choice } : { store_id: Number(choice) }
}

interface Props {
  stores: Stores
  value: Choice
  onChange: (choice: Choice) => void
}

/** One store, or all of the live or of the test stores. */
export function ShopChoice({ stores, value, onChange }: Props) {
  const { t } = useTranslation()
  const all = [
    { value: 'live', label: t('agents.allLive') },
    ...(stores.some(({ environment }) => environment === 'test')
      ? [{ value: 'test', label: t('agents.allTest') }]
      : []),
  ]
  const one = stores.map(({ id, name, environment }) => ({
    value: String(id),
    label: environment === 'test' ? t('agents.consent.inTest', { name }) : name,
  }))
  return (
    <NativeSelect
      label={t('agents.consent.shops')}
      size="md"
      data={[
        { group: t('agents.consent.allShops'), items: all },
        ...(one.length > 0 ? [{ group: t('agents.consent.oneShop'), items: one }] : []),
      ]}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  )
}
