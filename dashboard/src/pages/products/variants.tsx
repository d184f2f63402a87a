import { useTranslation } from 'react-i18next'
import type { ProductWithTexts } from '../../api/products.ts'
import { Table } from '../../components/lists/list-table.tsx'
import { Section } from '../../components/section.tsx'
import { ShopText } from '../../components/text/shop-text.tsx'
import { WithThumbnail } from '../../components/thumbnail.tsx'
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
              <WithThumbnail image={variant.image || product.image}>
                <ShopText>
                  {Object.entries(variant.attributes)
                    .map(([name, value]) => `${name}: ${value || '*'}`)
                    .join(' · ') || numeral(variant.id)}
                </ShopText>
              </WithThumbnail>
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
