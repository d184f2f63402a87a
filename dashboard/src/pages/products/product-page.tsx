import { Box, Group, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type ProductWithTexts, useProduct } from '../../api/products.ts'
import { BackLink } from '../../components/back-link.tsx'
import { Facts } from '../../components/facts.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { OutsideLink } from '../../components/outside-link.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Readiness } from '../../components/readiness.tsx'
import { Section } from '../../components/section.tsx'
import { ShopText } from '../../components/text/shop-text.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { Thumbnail } from '../../components/thumbnail.tsx'
import { useFormats } from '../../format.ts'
import { History } from './history.tsx'
import { Knowledge } from './knowledge.tsx'
import { Price } from './price.tsx'
import { Shown, Stock } from './stock.tsx'
import { SyncState } from './sync-state.tsx'
import { Variants } from './variants.tsx'

const TYPES = ['simple', 'variable', 'grouped', 'external'] as const

/** One product: how it is in the shop, how far it has come, what the AI knows of it, and what happened to it. */
export default function ProductPage({ id }: { id: number }) {
  const { t } = useTranslation()
  const nameOf = useProductName()
  const product = useProduct(id)
  const number = product.data?.external_id.replace('woo_', '') ?? ''
  return (
    <>
      <BackLink to="/products">{t('products.detail.back')}</BackLink>
      <PageHeader title={product.data ? nameOf(product.data.name, number) : '…'}>
        {product.data && <OutsideLink address={product.data.permalink}>{t('products.detail.permalink')}</OutsideLink>}
      </PageHeader>
      <Answered query={product}>
        {(found) => (
          <Stack gap="lg">
            <Summary product={found} />
            <SyncState sync={found.sync} />
            {found.is_active && <Readiness product={found} />}
            <Knowledge product={found} />
            {found.variants.length > 0 && <Variants product={found} />}
            <Details product={found} number={number} />
            <History storeId={found.store.id} productNumber={number} />
          </Stack>
        )}
      </Answered>
    </>
  )
}

function Summary({ product }: { product: ProductWithTexts }) {
  const { t } = useTranslation()
  return (
    <Section
      title={t('products.detail.inShop')}
      aside={
        <Group gap="xs">
          <Shown product={product} />
        </Group>
      }
    >
      <Group wrap="nowrap" align="flex-start" gap="lg">
        <Thumbnail image={product.image} isLarge />
        <Box flex={1} miw={0}>
          <Facts
            facts={[
              [t('products.detail.price'), <Price key="price" of={product} currency={product.currency} />],
              [t('products.detail.stock'), <Stock key="stock" of={product} />],
              [t('products.detail.store'), <bdi key="store">{product.store.name}</bdi>],
              [t('products.detail.updated'), <When key="updated" at={product.updated_at} />],
            ]}
          />
        </Box>
      </Group>
    </Section>
  )
}

function Details({ product, number: id }: { product: ProductWithTexts; number: string }) {
  const { t } = useTranslation()
  const { numeral, number } = useFormats()
  const none = t('common.none')
  // Plugins of the shop add kinds of their own.
  const type = TYPES.find((known) => known === product.type)
  const ratingOf = ({ average_rating, review_count }: ProductWithTexts) =>
    t('products.detail.ratingOf', { rating: number(average_rating ?? 0), count: review_count ?? 0 })
  const list = (texts: string[]) => (texts.length > 0 ? texts.join(' · ') : none)
  return (
    <Section title={t('products.detail.facts')}>
      <Facts
        facts={[
          [t('products.detail.categories'), <ShopText key="categories">{list(categoriesOf(product))}</ShopText>],
          [t('products.detail.tags'), <ShopText key="tags">{list(product.tags)}</ShopText>],
          [t('products.detail.sku'), <code key="sku">{product.sku || none}</code>],
          [t('products.detail.gtin'), <code key="gtin">{product.gtin ?? none}</code>],
          [t('products.detail.brand'), <bdi key="brand">{product.brand ?? none}</bdi>],
          ...(product.average_rating === null
            ? []
            : [[t('products.detail.rating'), ratingOf(product)] as [string, React.ReactNode]]),
          ...(product.weight === null || product.weight_unit === null
            ? []
            : [[t('products.detail.weight'), `${number(product.weight)} ${product.weight_unit}`] as [string, string]]),
          [t('products.detail.number'), numeral(id)],
          [t('products.detail.type'), type ? t(`products.types.${type}`) : <code key="type">{product.type}</code>],
          [t('products.detail.created'), <When key="created" at={product.created_at} />],
          ...product.attributes.map(({ name, options }): [string, React.ReactNode] => [
            name,
            <ShopText key={name}>{list(options)}</ShopText>,
          ]),
        ]}
      />
    </Section>
  )
}

/** Paths as "Clothing > Shoes", and the categories that no path ends with. */
function categoriesOf({ categories, category_paths }: ProductWithTexts): string[] {
  const paths = category_paths ?? []
  const ends = new Set(paths.map((path) => path.at(-1)))
  return [...paths.map((path) => path.join(' > ')), ...categories.filter((category) => !ends.has(category))]
}
