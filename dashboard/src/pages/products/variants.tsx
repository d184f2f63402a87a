import { useTranslation } from 'react-i18next'
import type { ProductWithTexts } from '../../api/products.ts'
import { Table } from '../../components/lists/list-table.tsx'
import { Section } from '../../components/section.tsx'
import { useFormats } from '../../format.ts'
import { Price } from './price.tsx'
import { Stock } from './stock.tsx'

type Variant = ProductWithTexts['variants'][number]

/** The variants of a product. */
export function Variants({ product }: { product: ProductWithTexts }) {
  const { t } = useTranslation()
  const { numeral } = useFormats()
  return (
    <Section title={t('products.detail.variants')}>
      <Table<Variant>
        label={t('products.detail.variants')}
        rows={product.variants}
        rowKey={(variant) => variant.id}
        columns={[
          {
            key: 'variant',
            header: t('products.detail.variant'),
            isTitle: true,
            cell: (variant) => (
              <bdi>
                {Object.entries(variant.attributes)
                  .map(([name, value]) => `${name}: ${value || '*'}`)
                  .join(' · ') || numeral(variant.id)}
              </bdi>
            ),
          },
          {
            key: 'sku',
            header: t('products.detail.sku'),
            cell: (variant) => <code>{variant.sku || t('common.none')}</code>,
          },
          {
            key: 'price',
            header: t('products.detail.price'),
            cell: (variant) => <Price of={variant} currency={product.currency} />,
          },
          { key: 'stock', header: t('products.detail.stock'), cell: (variant) => <Stock of={variant} /> },
        ]}
      />
    </Section>
  )
}
