/** The UCP profile on the shop's own host: off until the owner switches it on, and then it names the store's public address. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Form } from '../support/form.ts'
import { Scenario } from '../support/scenario.ts'

const SETTINGS = '/wp-admin/admin.php?page=fiko-sync'

let scenario: Scenario
let address: string
beforeAll(async () => {
  // PHP's own web server looks for a file at a path with a dot.
  scenario = await Scenario.open('agents', { server: 'fpm' })
  const path = `/api/v1/stores/${scenario.store.storeId}/public-address/`
  address = (await scenario.backend.admin<{ address: string }>('POST', path)).address
})
afterAll(() => scenario?.close())

const ask = (path = '/.well-known/ucp', method = 'GET') =>
  fetch(`${scenario.shop.url}${path}`, { method, redirect: 'manual' })

/** Fills in the form of the settings page, presses its button, and returns the page that follows. */
async function save(values: Record<string, string | null>): Promise<string> {
  const admin = await scenario.admin()
  const form = await Form.read((await admin.get(SETTINGS)).html, '//form[.//input[@value="fiko_sync_agents"]]')
  return (await admin.post('/wp-admin/admin-post.php', form.fill(values).fields)).html
}

test('WordPress answers as before until the owner switches the profile on', async () => {
  expect((await ask()).status).toBe(404)
  await save({ address })
  expect((await ask()).status).toBe(404)
})

test('an address of another host and an address that needs a token are not saved', async () => {
  expect(await save({ on: '1', address: address.replace('127.0.0.1', 'localhost') })).toContain('another host')
  expect(await save({ on: '1', address: address.replace(/[^/]+$/, '') })).toContain('not a public address')
  expect((await ask()).status).toBe(404)
})

test('the profile has the words of the backend, and an agent reads the catalogue at its endpoint without a token', async () => {
  await save({ on: '1', address })
  scenario.way.forget()
  const answer = await ask('/.well-known/ucp?x=1')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
  expect(answer.headers.get('set-cookie')).toBeNull()
  const profile = (await answer.json()) as { ucp: { services: { 'dev.ucp.shopping': { endpoint: string }[] } } }
  const expected = (await (await fetch(`${scenario.backend.url}/.well-known/ucp`)).json()) as {
    ucp: { services: { 'dev.ucp.shopping': { transport: string }[] } }
  }
  const mcp = expected.ucp.services['dev.ucp.shopping'].filter(({ transport }) => transport === 'mcp')
  expected.ucp.services['dev.ucp.shopping'] = mcp.map((service) => ({ ...service, endpoint: address }))
  expect(profile).toEqual(expected)
  expect(scenario.way.requests, 'no request to the backend').toEqual([])

  const tools = await fetch(profile.ucp.services['dev.ucp.shopping'][0]?.endpoint ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  })
  expect(await tools.text()).toContain('search_catalog')
})

test('only this path and reading are answered, also with plain permalinks', async () => {
  expect((await ask('/.well-known/ucp', 'HEAD')).headers.get('cache-control')).toBe('public, max-age=300')
  for (const [path, method] of [
    ['/.well-known/ucp/x', 'GET'],
    ['/shop/.well-known/ucp', 'GET'],
    ['/.well-known/ucp', 'POST'],
  ]) {
    expect((await ask(path, method)).headers.get('cache-control'), `${method} ${path}`).not.toBe('public, max-age=300')
  }
  await scenario.shop.option('permalink_structure', '')
  expect((await ask()).headers.get('content-type')).toMatch(/^application\/json/)
})

test('a copy of the shop names no address, and the switch ends the profile', async () => {
  const isAnswered = async () => /json/.test((await ask()).headers.get('content-type') ?? '')
  const site = await scenario.shop.php<string>(
    'return get_option( "fiko_sync_site", Fiko_Sync_Settings::site_hash() );',
  )
  await scenario.shop.option('fiko_sync_site', 'another site')
  expect(await isAnswered()).toBe(false)
  await scenario.shop.option('fiko_sync_site', site)
  expect(await isAnswered()).toBe(true)
  await save({ on: null })
  expect(await isAnswered()).toBe(false)
})
