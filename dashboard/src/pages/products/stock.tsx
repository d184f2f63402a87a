import { useTranslation } from 'react-i18next'
import type { Product } from '../../api/products.ts'
import { StateBadge } from '../../components/badge.tsx'

type Stocked = Pick<Product, 'in_stock' | 'stock_status' | 'stock_quantity'>

/** The stock status, with the quantity if the shop counts it. */
export function Stock({ of }: { of: Stocked }) {
  const { t } = useTranslation()
  if (!of.in_stock) return <StateBadge tone="neutral">{t('products.outOfStock')}</StateBadge>
  if (of.stock_status === 'onbackorder') return <StateBadge tone="warning">{t('products.onBackorder')}</StateBadge>
  return (
    <StateBadge tone="good">
      {of.stock_quantity === null || of.stock_quantity <= 0
        ? t('products.inStock')
        : t('products.inStockOf', { count: of.stock_quantity })}
    </StateBadge>
  )
}

/** The state of a product in the shop, which decides if the AI finds it. */
export function Shown({ product }: { product: Pick<Product, 'is_active' | 'deleted_at' | 'catalog_visibility'> }) {
  const { t } = useTranslation()
  if (product.deleted_at) return <StateBadge tone="neutral">{t('products.states.deleted')}</StateBadge>
  if (!product.is_active) return <StateBadge tone="warning">{t('products.states.hidden')}</StateBadge>
  if (product.catalog_visibility === 'catalog')
    return <StateBadge tone="info">{t('products.states.catalog')}</StateBadge>
  return <StateBadge tone="good">{t('products.states.shown')}</StateBadge>
}
