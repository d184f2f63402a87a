import { randomUUID } from 'node:crypto'

type Json = Record<string, unknown>

/** The true time in ms, also in a test that sets the clock: a version from the future would be refused in every test after it. */
const trueNow = () => performance.timeOrigin + performance.now()

let lastVersion = 0

/** A version greater than every one before, in microseconds. */
export function nextVersion(): number {
  lastVersion = Math.max(lastVersion + 1, Math.floor(trueNow() * 1000))
  return lastVersion
}

/** A product in the webhook's form; fields that are not given have ordinary values. */
export function aProduct(product: Json = {}): Json {
  return {
    id: 414,
    type: 'simple',
    sku: 'PROD-001',
    name: 'کفش اسپرت مردانه',
    short_description: 'کفشی سبک برای دویدن و پیاده‌روی.',
    description: 'رویهٔ آن توری است و پا را خنک نگه می‌دارد. زیرهٔ نرم آن ضربه را می‌گیرد.',
    price: '850000',
    regular_price: '950000',
    sale_price: '850000',
    on_sale: true,
    currency: 'IRT',
    stock_quantity: 12,
    stock_status: 'instock',
    status: 'publish',
    catalog_visibility: 'visible',
    categories: ['کفش', 'مردانه'],
    tags: ['ورزشی'],
    attributes: [{ name: 'رنگ', options: ['قرمز', 'آبی'], variation: false }],
    variations: [],
    image: 'https://shop.example/a.jpg',
    gallery: [],
    permalink: 'https://shop.example/product/414/',
    ...product,
  }
}

/** An update of a product, versioned after every one made before. */
export function anUpdate(product: Json = {}, event: Json = {}): Json {
  return {
    event_id: `wc_${randomUUID()}`,
    event_type: 'product.updated',
    version: nextVersion(),
    product: aProduct(product),
    ...event,
  }
}

/** A deletion of a product, versioned after every event made before. */
export function aDeletion(productId: number, event: Json = {}): Json {
  return {
    event_id: `wc_${randomUUID()}`,
    event_type: 'product.deleted',
    version: nextVersion(),
    product: { id: productId },
    ...event,
  }
}
