import type { ProductView } from '../../catalog/products/product-view.ts'
import { type Language, LIST_COMMA } from '../../platform/i18n.ts'
import { measuresOf, quantitiesOf, ratingOf, saleEndOf } from './ucp-details.ts'
import { visibleLine } from './visible-text.ts'

interface Words {
  brand: string
  rating: string
  reviews: (count: number) => string
  weight: string
  dimensions: string
  sides: Record<'length' | 'width' | 'height', string>
  saleEnds: string
  lowest: string
  highest: string
}

const WORDS: Record<Language, Words> = {
  en: {
    brand: 'Brand',
    rating: 'Rating',
    reviews: (count) => `${count} ${count === 1 ? 'review' : 'reviews'}`,
    weight: 'Weight',
    dimensions: 'Dimensions',
    sides: { length: 'length', width: 'width', height: 'height' },
    saleEnds: 'The sale price ends',
    lowest: 'Lowest quantity of one order',
    highest: 'Highest quantity of one order',
  },
  fa: {
    brand: 'برند',
    rating: 'امتیاز',
    reviews: (count) => `${count} دیدگاه`,
    weight: 'وزن',
    dimensions: 'ابعاد',
    sides: { length: 'طول', width: 'عرض', height: 'ارتفاع' },
    saleEnds: 'پایان قیمت فروش ویژه',
    lowest: 'کمترین تعداد در یک سفارش',
    highest: 'بیشترین تعداد در یک سفارش',
  },
}

/** The details of a product beside its texts, one line each; absent details have no line. */
export function detailLines(product: ProductView, language: Language): string[] {
  const words = WORDS[language]
  const { rating } = ratingOf(product)
  const { weight, dimensions } = measuresOf(product, product)
  const { min_quantity, max_quantity } = quantitiesOf(product)
  const { sale_ends_at } = saleEndOf(product)
  const sides = (['length', 'width', 'height'] as const).filter((side) => dimensions?.[side] !== undefined)
  const count = rating?.count === undefined ? '' : ` (${words.reviews(rating.count)})`
  const line = (label: string, value: string | number | null | undefined) =>
    value === undefined || value === null ? [] : [`${label}: ${value}`]
  return [
    ...line(words.brand, product.brand === null ? null : visibleLine(product.brand)),
    ...line('GTIN', product.gtin),
    ...(rating ? [`${words.rating}: ${rating.value} / ${rating.scale_max}${count}`] : []),
    ...line(words.weight, weight && `${weight.value} ${weight.unit}`),
    ...(dimensions && sides.length > 0
      ? [
          `${words.dimensions}: ${sides.map((side) => `${words.sides[side]} ${dimensions[side]}`).join(LIST_COMMA[language])} ${dimensions.unit}`,
        ]
      : []),
    ...line(words.saleEnds, sale_ends_at),
    ...line(words.lowest, min_quantity),
    ...line(words.highest, max_quantity),
  ]
}
