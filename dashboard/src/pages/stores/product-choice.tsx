import { MultiSelect } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useProducts } from '../../api/products.ts'
import { useProductName } from '../../components/text/use-product-name.ts'

interface Props {
  storeId: number
  /** Ids of the shop. */
  chosen: string[]
  onChange: (ids: string[]) => void
}

/** Products of the store, found by their names. */
export default function ProductChoice({ storeId, chosen, onChange }: Props) {
  const { t } = useTranslation()
  const nameOf = useProductName()
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 300)
  const [names, setNames] = useState<Record<string, string>>({})
  const products = useProducts({ store_id: storeId, limit: 20, ...(search && { search }) })
  const found = (products.data?.results ?? []).map(({ name, external_id }) => ({
    value: external_id.replace('woo_', ''),
    label: nameOf(name, external_id),
  }))
  const others = chosen.filter((id) => !found.some(({ value }) => value === id))
  const options = [...others.map((value) => ({ value, label: names[value] ?? value })), ...found]
  return (
    <MultiSelect
      label={t('freshness.resend.products')}
      placeholder={t('freshness.resend.productsHint')}
      data={options}
      value={chosen}
      onChange={(ids) => {
        setNames(Object.fromEntries(options.map(({ value, label }) => [value, label])))
        onChange(ids)
      }}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      filter={({ options: all }) => all}
      nothingFoundMessage={t('freshness.resend.noProduct')}
      maxValues={500}
      required
    />
  )
}
