/** A product page tells search engines what it sells, and the shop passes Torob's requests to the backend. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_API_KEY } from '../support/backend.ts'
import { makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

type Markup = Record<string, unknown>

let scenario: Scenario
beforeAll(async () => {
  scenario = await Scenario.open('feeds')
})
afterAll(() => scenario?.close())

/** The schema.org data of a product's page. */
async function markupOf(id: number): Promise<Markup> {
  const address = await scenario.shop.php<string>('return get_permalink( $args["id"] );', { id })
  const html = await (await fetch(address)).text()
  const scripts = [...html.matchAll(/<script type="application\/ld\+json"[^>]*>(.*?)<\/script>/gs)]
  const all = scripts.flatMap(([, json = '']) => {
    const data = JSON.parse(json) as Markup
    return (data['@graph'] as Markup[] | undefined) ?? [data]
  })
  const found = all.find(({ '@type': type }) => type === 'Product' || type === 'ProductGroup')
  if (!found) throw new Error('the page has no data of its product')
  return found
}

test('a simple product has its code, its brand and its price', async () => {
  const id = await makeSimple(scenario.shop)
  await scenario.shop.php(
    `$p = wc_get_product( $args["id"] );
     $p->set_global_unique_id( "4006381333931" );
     $brand = new WC_Product_Attribute();
     $brand->set_name( "برند" );
     $brand->set_options( array( "نایک" ) );
     $p->set_attributes( array( $brand ) );
     $p->save(); return true;`,
    { id },
  )
  const markup = await markupOf(id)
  expect(markup).toMatchObject({
    '@type': 'Product',
    gtin: '4006381333931',
    brand: { '@type': 'Brand', name: 'نایک' },
    offers: [{ price: '950000.00', availability: 'https://schema.org/InStock', priceValidUntil: expect.any(String) }],
  })
})

test('a product with variations is a group, and WooCommerce prints it', async () => {
  const { id, variations } = await makeVariable(scenario.shop)
  const markup = await markupOf(id)
  expect(markup).toMatchObject({ '@type': 'ProductGroup', productGroupID: String(id), name: 'پیراهن کتان' })
  const variants = markup.hasVariant as Markup[]
  expect(variants).toHaveLength(variations.length)
  expect(variants[0]).toMatchObject({
    '@type': 'Product',
    // The shop sells in toman, which ISO 4217 does not have.
    offers: { '@type': 'Offer', price: '990000', priceCurrency: 'IRR', availability: 'https://schema.org/InStock' },
  })
  expect(markup.offers).toBeDefined()
})

test('a request of Torob reaches the backend, whose answer comes back; without a token it does not leave the shop', async () => {
  const made = await fetch(`${scenario.backend.url}/api/v1/feeds/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ store_id: scenario.store.storeId, kind: 'torob' }),
  })
  const { id, addresses } = (await made.json()) as { id: number; addresses: string[] }
  const feed = /fd_[\w-]{43}/.exec(addresses[0] ?? '')?.[0]
  await fetch(`${scenario.backend.url}/api/v1/stores/${scenario.store.storeId}/`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${ADMIN_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ site: scenario.shop.url }),
  })
  const ask = async (token: string, to = feed) => {
    const answer = await fetch(`${scenario.shop.url}/?rest_route=/fiko-sync/v1/torob/${to}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-torob-token': token, 'x-torob-token-version': '1' },
      body: JSON.stringify({ page: 1, sort: 'date_added_desc' }),
    })
    return { status: answer.status, body: (await answer.json()) as { error?: string } }
  }
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1_000)
  const signed = `${encode({ alg: 'EdDSA' })}.${encode({ aud: new URL(scenario.shop.url).host, nbf: now - 9, exp: now + 60 })}`
  const { privateKey } = generateKeyPairSync('ed25519')
  const token = `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`
  // Only Torob has the key of the backend: the answer shows that the backend has read the whole token.
  expect(await ask(token)).toEqual({ status: 401, body: { error: 'the signature of the token is wrong' } })
  expect((await ask(token, `fd_${'A'.repeat(43)}`)).body.error).toBe('unauthorized')
  expect(await ask('no token')).toEqual({ status: 401, body: { error: 'X-Torob-Token is missing or is not a JWT' } })
  await fetch(`${scenario.backend.url}/api/v1/feeds/${id}/`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${ADMIN_API_KEY}` },
  })
  expect((await ask(token)).body.error).toBe('unauthorized')
})
