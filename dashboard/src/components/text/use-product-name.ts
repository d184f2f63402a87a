import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../format.ts'

/** The name of a product, or its number in the shop (`woo_7`, or 7) without a name. */
export function useProductName(): (name: string | null | undefined, id: string | number) => string {
  const { t } = useTranslation()
  const { numeral } = useFormats()
  return useCallback(
    (name, id) => name || t('products.nameless', { id: numeral(String(id).replace('woo_', '')) }),
    [t, numeral],
  )
}
