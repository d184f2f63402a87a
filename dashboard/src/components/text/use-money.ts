import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../format.ts'

const NAMED = ['IRT', 'IRR', 'IRHT', 'IRHR'] as const

/** A price exactly as it is stored, with its unit; prices of shops are decimal texts and never become floating-point numbers. */
export function useMoney(): (amount: string | null, currency: string) => string {
  const { t } = useTranslation()
  const { exact } = useFormats()
  return useMemo(
    () => (amount, currency) => {
      if (amount === null) return t('products.free')
      const named = NAMED.find((name) => name === currency)
      return `${exact(amount)} ${named ? t(`products.currencies.${named}`) : currency}`.trim()
    },
    [t, exact],
  )
}
