import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Product } from '../../api/products.ts'
import { useMoney } from '../../components/text/use-money.ts'

type Priced = Pick<Product, 'price' | 'regular_price' | 'on_sale'>

/** The current price, and the regular price during a sale. */
export function Price({ of, currency }: { of: Priced; currency: string }) {
  const { t } = useTranslation()
  const money = useMoney()
  const isReduced = of.on_sale && of.regular_price !== null && of.regular_price !== of.price
  return (
    <div className="on-one-line">
      <span>{money(of.price, currency)}</span>
      {isReduced && (
        <Text size="xs" c="dimmed">
          <span className="visually-hidden">{t('products.sale')}: </span>
          <s>{money(of.regular_price, currency)}</s>
        </Text>
      )}
    </div>
  )
}
