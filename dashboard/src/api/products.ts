import { useQuery } from '@tanstack/react-query'
import type { ChunkView, ProductDetail } from '../../../server/src/catalog/products/product-routes.ts'
import type { ProductView } from '../../../server/src/catalog/products/product-view.ts'
import type { Lack } from '../../../server/src/catalog/products/readiness.ts'
import { api, type Query } from './client.ts'
import { useList } from './lists.ts'
import type { Wire } from './wire.ts'

export type Product = Wire<ProductView>
export type Chunk = Wire<ChunkView>
export type ProductWithTexts = Wire<ProductDetail>

/** The names of what a product may lack for agents, in the server's order. */
export const LACKS = [
  'no_price',
  'no_image',
  'thin_description',
  'uncategorised',
  'no_brand',
  'no_gtin',
  'wrong_gtin',
  'image_without_alt',
  'no_sku',
  'variants_without_price',
] as const satisfies readonly Lack[]

const PATH = '/api/v1/web-knowledge/products'

export function useProducts(query: Query) {
  return useList<ProductView>('products', `${PATH}/`, query)
}

/** One product with what the AI knows of it; asked again while it is on its way to being searchable. */
export function useProduct(id: number) {
  return useQuery({
    queryKey: ['products', 'one', id],
    queryFn: ({ signal }) => api.get<ProductWithTexts>(`${PATH}/${id}/`, {}, signal),
    refetchInterval: ({ state }) => (['received', 'applied'].includes(state.data?.sync.state ?? '') ? 2_000 : 30_000),
  })
}
