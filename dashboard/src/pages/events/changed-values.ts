import { useTranslation } from 'react-i18next'
import { useFormats } from '../../format.ts'
import type { Words } from '../../languages/fa.ts'

type Fields = Words['events']['fields']
type Values = Words['events']['values']

/** A variant as an event tells it; only what is shown here. */
export interface ChangedVariant {
  id?: number
  attributes?: Record<string, string>
  price?: string | null
  regular_price?: string | null
  stock_quantity?: string | number | null
  stock_status?: string
  sku?: string
}

export interface Line {
  text: string
  /** An address or a code. */
  isLtr?: boolean
}

/** Decimal texts. */
const FIGURES = ['price', 'regular_price', 'sale_price', 'stock_quantity']
const ADDRESSES = ['image', 'permalink', 'gallery']
const CODES = ['sku', 'currency']

/** The fields of a product and their values in words and figures of the language. */
export function useChangedValues() {
  const { t } = useTranslation()
  const { exact, number, numeral } = useFormats()
  const fields = t('events.fields', { returnObjects: true }) as Fields
  const values = t('events.values', { returnObjects: true }) as Values
  const comma = t('common.comma')
  const figure = (value: string) => (/^-?\d+(\.\d+)?$/.test(value) ? exact(value) : value)
  const word = (code: string) => values[code as keyof Values] ?? code

  const variantLine = (variant: ChangedVariant): string =>
    [
      Object.entries(variant.attributes ?? {})
        .map(([name, value]) => `${name}: ${value || '*'}`)
        .join(comma) || numeral(variant.id ?? 0),
      ...(variant.price ? [figure(variant.price)] : []),
      ...(variant.regular_price && variant.regular_price !== variant.price
        ? [`${fields.regular_price}: ${figure(variant.regular_price)}`]
        : []),
      ...(variant.stock_status ? [word(variant.stock_status)] : []),
      ...(variant.stock_quantity !== null && variant.stock_quantity !== undefined
        ? [`${fields.stock_quantity}: ${figure(String(variant.stock_quantity))}`]
        : []),
    ].join(' · ')

  const textOf = (field: string, value: unknown): string => {
    if (typeof value === 'boolean') return t(value ? 'common.yes' : 'common.no')
    if (typeof value === 'number') return number(value)
    if (typeof value !== 'string') return JSON.stringify(value)
    return FIGURES.includes(field) ? figure(value) : word(value)
  }

  const linesOf = (field: string, value: unknown): Line[] => {
    if (value === null || value === undefined || value === '') return []
    if (field === 'variants' && Array.isArray(value))
      return (value as ChangedVariant[]).map((variant) => ({ text: variantLine(variant) }))
    if (field === 'attributes' && Array.isArray(value))
      return (value as { name: string; options: string[] }[]).map(({ name, options }) => ({
        text: `${name}: ${options.join(comma)}`,
      }))
    if (ADDRESSES.includes(field)) return [value].flat().map((address) => ({ text: String(address), isLtr: true }))
    if (Array.isArray(value)) return value.length === 0 ? [] : [{ text: value.map(String).join(comma) }]
    if (CODES.includes(field)) return [{ text: String(value), isLtr: true }]
    const isProse = ['name', 'short_description', 'description'].includes(field)
    return [{ text: isProse ? String(value) : textOf(field, value) }]
  }

  return { fieldName: (field: string) => fields[field as keyof Fields] ?? field, linesOf }
}
