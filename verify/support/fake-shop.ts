import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A product of WooCommerce's Store API, as far as answers are compared with it. */
export interface PublicProduct {
  id: number
  type?: string
  /** In minor units. */
  price?: string
  range?: { min_amount: string; max_amount: string }
  currency?: string
  minorUnit?: number
  inStock?: boolean
  lowStock?: number | null
  /** In no list and no search of the shop. */
  isHidden?: boolean
}

type Respond = (response: ServerResponse, request: IncomingMessage) => void

/** A false WooCommerce shop with robots.txt and the public Store API. */
export interface FakeShop {
  url: string
  /** What its plugin sends as X-Fiko-Site. */
  siteHash: string
  products: PublicProduct[]
  requests: { path: string; headers: IncomingMessage['headers'] }[]
  /** null: the shop has no robots.txt. */
  robots: string | null
  /** The shop has no readable addresses. */
  isPlain: boolean
  /** Answers every request for products instead; null: the ordinary answers. */
  respond: Respond | null
  stop(): Promise<void>
}

export async function startFakeShop(): Promise<FakeShop> {
  const server: Server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://shop')
    shop.requests.push({ path: request.url ?? '', headers: request.headers })
    if (pathname === '/robots.txt') {
      response.writeHead(shop.robots === null ? 404 : 200, { 'content-type': 'text/plain' }).end(shop.robots ?? '')
      return
    }
    const route = pathname.startsWith('/wp-json') && !shop.isPlain ? pathname.slice('/wp-json'.length) : null
    if (shop.respond) shop.respond(response, request)
    else if ((route ?? searchParams.get('rest_route')) === '/wc/store/v1/products') list(response, searchParams)
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>')
  })
  const list = (response: ServerResponse, query: URLSearchParams) => {
    const ids = (query.get('include') ?? '').split(',').map(Number)
    const isHiddenOnly = query.get('catalog_visibility') === 'hidden'
    const found = shop.products.filter(({ id, isHidden }) => ids.includes(id) && (!isHiddenOnly || isHidden))
    response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' })
    response.end(JSON.stringify(found.map(isHiddenOnly ? ({ id }) => ({ id }) : view)))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const shop: FakeShop = {
    url,
    siteHash: createHash('sha256').update(url).digest('hex'),
    products: [],
    requests: [],
    robots: null,
    isPlain: false,
    respond: null,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return shop
}

function view(product: PublicProduct) {
  const { id, type = 'simple', price = '850000', range = null, currency = 'IRT', minorUnit = 0 } = product
  return {
    id,
    type,
    prices: {
      price,
      regular_price: price,
      sale_price: price,
      price_range: range,
      currency_code: currency,
      currency_minor_unit: minorUnit,
    },
    is_in_stock: product.inStock ?? true,
    low_stock_remaining: product.lowStock ?? null,
  }
}
