import type { WebhookProduct } from '../../../demo/catalogue.ts'
import { anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, type TestServer, waitFor } from '../../support/test-server.ts'

/** Markup that says so if a page ever runs it. */
export const MARKUP = '<img src=x onerror="globalThis.wasRun=1"><script>globalThis.wasRun=1</script>'

/** A server after some use: users, shops, products in both languages, failures, and markup in every text. */
export interface Installation {
  admin: Person
  owner: Person
  /** The owner's shop. */
  shop: Shop
  /** Pages of one thing, by what it is; each of them shows the markup. */
  details: Record<Detail, string>
}

export const DETAILS = ['store', 'product', 'event', 'dead event', 'answer of a search'] as const
export type Detail = (typeof DETAILS)[number]

const PRODUCTS: Partial<WebhookProduct>[] = [
  { id: 1, name: 'کاپشن زمستانی', categories: ['پوشاک'], price: '1850000', regular_price: '2200000', on_sale: true },
  {
    id: 2,
    name: 'قوری چینی گل‌سرخ',
    categories: ['آشپزخانه'],
    price: '640000',
    stock_quantity: 0,
    stock_status: 'outofstock',
  },
  {
    id: 3,
    name: 'Walnut desk',
    categories: ['Office'],
    price: '249.90',
    currency: 'EUR',
    permalink: 'https://shop.example/desk',
  },
]
const MARKED_UP = 4
const CURSED = 5

export async function inhabit(server: TestServer): Promise<Installation> {
  const admin = await signedIn(server, 'admin')
  const owner = await signedIn(server, 'owner')
  await owner.request('PATCH', `/api/v1/users/${owner.userId}/`, { name: MARKUP })
  await server.admin('PATCH', `/api/v1/users/${owner.userId}/`, { name: `سارا ${MARKUP}` })
  const shop = await server.newShop({ tenantOf: owner.userId, name: `فروشگاه ${MARKUP}` })
  await server.sql(`create function refuse() returns trigger language plpgsql security definer as $$ begin
    if new.external_id = 'woo_${CURSED}' then raise exception 'refused %', '${MARKUP.replaceAll("'", "''")}'; end if; return new; end $$`)
  await server.sql('create trigger refuse before insert on products for each row execute function refuse()')
  const marked = {
    id: MARKED_UP,
    name: `Marked ${MARKUP}`,
    short_description: `short ${MARKUP}`,
    description: `long &lt;img src=x onerror=&quot;globalThis.wasRun=1&quot;&gt; ${MARKUP}`,
    sku: MARKUP.slice(0, 60),
    categories: [MARKUP],
    tags: [MARKUP],
    attributes: [{ name: MARKUP, options: [MARKUP], variation: true }],
    variations: [
      { id: 41, sku: MARKUP.slice(0, 60), attributes: { [MARKUP]: MARKUP }, price: '1', stock_status: 'instock' },
    ],
    image: 'javascript:globalThis.wasRun=1',
    permalink: 'javascript:globalThis.wasRun=1',
  }
  await shop.sendBatch([...PRODUCTS, marked].map((product) => anUpdate(product, { source: 'backfill' })))
  await shop.send(anUpdate({ ...PRODUCTS[0], price: '1750000' }))
  await shop.send(anUpdate({ id: CURSED, name: 'Cursed' }))
  await shop.request('POST', '/api/integrations/woocommerce/report/', {
    version: '1.1.0',
    state: 'wall',
    since: Math.floor(Date.now() / 1000) - 26 * 3600,
    waiting: 6,
    failed: 0,
    oldest_waiting_at: Math.floor(Date.now() / 1000) - 26 * 3600,
    details: { what: MARKUP, status: 403 },
  })
  await shop.request('PUT', '/api/integrations/woocommerce/documents/', {
    version: 1_762_768_200_000_000,
    documents: [
      {
        id: 9,
        kind: 'shipping',
        title: `Shipping ${MARKUP}`,
        content: `Marked ${MARKUP}`,
        url: 'https://shop.example/s/',
      },
      { id: 10, kind: 'faq', title: 'Marked questions', content: MARKUP, url: 'javascript:globalThis.wasRun=1' },
    ],
    shop: { name: MARKUP, hours: MARKUP, shipping_zones: [MARKUP] },
  })
  await server.settled()
  const [ids] = await server.sql<{ product: number; event: number; dead: number }>(
    `select (select id from products where external_id = 'woo_${MARKED_UP}') as product,
            (select id from events where external_product_id = ${MARKED_UP}) as event,
            (select id from events where external_product_id = ${CURSED}) as dead`,
  )
  await owner.request('POST', '/api/v1/knowledge/synonyms/', { words: ['قوری', 'teapot', MARKUP.slice(0, 60)] })
  await owner.request('POST', '/api/v1/knowledge/synonyms/', { word: 'ظرف', words: ['قوری', 'کاسه'] })
  const rules = [
    { kind: 'pin', query: 'Marked' },
    { kind: 'pin', query: MARKUP },
    { kind: 'hide', query: 'desk' },
  ]
  for (const rule of rules)
    await owner.request('POST', '/api/v1/knowledge/search-rules/', { ...rule, product_id: ids?.product })
  const token = await server.knowledgeToken(owner.userId)
  const asked = ['قوری', 'desk', MARKUP, 'zeppelin']
  for (const query of asked) await server.search(query, { token })
  await waitFor(
    'the questions in the log',
    async () => (await owner.request('GET', '/api/v1/questions/')).body.count === asked.length,
  )
  return {
    admin,
    owner,
    shop,
    details: {
      store: `/stores/${shop.storeId}`,
      product: `/products/${ids?.product}`,
      event: `/events/${ids?.event}`,
      'dead event': `/events/${ids?.dead}`,
      'answer of a search': `/search?q=Marked&user_id=${owner.userId}`,
    },
  }
}
