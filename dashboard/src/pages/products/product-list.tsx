import { Anchor, Text } from '@mantine/core'
import { IconPackage } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { csvAddress } from '../../api/lists.ts'
import { type Product, useProducts } from '../../api/products.ts'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { useFilters } from '../../components/lists/use-filters.ts'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { ReadinessScore } from '../../components/readiness.tsx'
import { ShopText } from '../../components/text/shop-text.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { WithThumbnail } from '../../components/thumbnail.tsx'
import { useHref, useScope } from '../../layout/scope.ts'
import { Price } from './price.tsx'
import { FILTERS, ProductFilters } from './product-filters.tsx'
import { Shown, Stock } from './stock.tsx'

/** The catalogue as the AI has it. */
export default function ProductList() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const href = useHref()
  const nameOf = useProductName()
  const { filters, setFilters, isFiltered } = useFilters(FILTERS)
  const list = useProducts({ ...scope, ...filters })
  const columns: Column<Product>[] = [
    {
      key: 'product',
      header: t('products.columns.product'),
      isTitle: true,
      cell: (product) => (
        <WithThumbnail image={product.image}>
          <Anchor
            component={Link}
            href={href(`/products/${product.id}`)}
            fw={600}
            c="var(--mantine-color-text)"
            lineClamp={2}
          >
            <ShopText>{nameOf(product.name, product.external_id)}</ShopText>
          </Anchor>
          <Text size="xs" c="dimmed" lineClamp={1}>
            <bdi>{[product.store.name, ...product.categories.slice(0, 2)].join(' · ')}</bdi>
          </Text>
        </WithThumbnail>
      ),
    },
    {
      key: 'price',
      header: t('products.columns.price'),
      cell: (product) => <Price of={product} currency={product.currency} />,
    },
    { key: 'stock', header: t('products.columns.stock'), cell: (product) => <Stock of={product} /> },
    { key: 'state', header: t('products.columns.state'), cell: (product) => <Shown product={product} /> },
    {
      key: 'readiness',
      header: t('products.columns.readiness'),
      cell: (product) => <ReadinessScore score={product.readiness} />,
    },
    { key: 'updated', header: t('products.columns.updated'), cell: (product) => <When at={product.updated_at} /> },
  ]
  return (
    <>
      <PageHeader title={t('shell.pages.products')} lead={t('products.lead')}>
        <CsvButton address={csvAddress('/api/v1/web-knowledge/products/', { ...scope, ...filters })} />
      </PageHeader>
      <ProductFilters filters={filters} setFilters={setFilters} isFiltered={isFiltered} />
      <ListTable
        label={t('shell.pages.products')}
        list={list}
        columns={columns}
        rowKey={(product) => product.id}
        empty={
          <EmptyState
            icon={IconPackage}
            title={t(isFiltered ? 'products.empty.filteredTitle' : 'products.empty.title')}
            text={t(isFiltered ? 'products.empty.filteredText' : 'products.empty.text')}
          />
        }
      />
    </>
  )
}
