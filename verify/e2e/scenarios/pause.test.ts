/** A token that is refused stops sending, says so, and loses nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tick, waitingIds } from '../support/plugin.ts'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import { nonce } from '../support/wp-admin.ts'

const PAUSED = /Fiko Sync<\/strong> Sending is paused/

let scenario: Scenario
let id: number
beforeAll(async () => {
  scenario = await Scenario.open('pause')
  id = await makeSimple(scenario.shop)
  await scenario.deliver()
})
afterAll(() => scenario?.close())

const rename = (name: string) =>
  scenario.shop.php('$p = wc_get_product( $args["id"] ); $p->set_name( $args["name"] ); $p->save(); return true;', {
    id,
    name,
  })
const dashboard = async () => (await (await scenario.admin()).get('/wp-admin/index.php')).html

for (const status of [401, 403]) {
  test(`${status}: sending pauses, the owner is told, and a good connection test resumes it`, async () => {
    const body = JSON.stringify({
      error: status === 401 ? 'unauthorized' : 'site_mismatch',
      detail: `The token was answered ${status}.`,
    })
    await scenario.way.set({ kind: 'answer', status, body })
    await rename(`While ${status}`)
    await tick(scenario.shop, 130)
    scenario.way.forget()
    for (let run = 0; run < 3; run += 1) await tick(scenario.shop, 3_700)
    // Not hammering is the point of a pause; an hourly probe would be patience.
    expect(scenario.way.requests.length).toBeLessThanOrEqual(3)
    expect(scenario.way.taken).toEqual([])
    expect(await waitingIds(scenario.shop)).toEqual([id])
    expect(await dashboard()).toMatch(PAUSED)
    await scenario.way.set({ kind: 'forward' })
    const admin = await scenario.admin()
    const page = await admin.get('/wp-admin/admin.php?page=fiko-sync')
    const test = { action: 'fiko_sync', task: 'test', _ajax_nonce: nonce(page.html, /fikoSync = .*?"nonce":"(\w+)"/) }
    expect((await admin.ajax(test)).html).toContain('"isGood":true')
    await scenario.expectInSync(id)
    expect(await dashboard()).not.toMatch(PAUSED)
  })
}

test('another token, in wp-config.php as well, ends the pause', async () => {
  const body = JSON.stringify({ error: 'unauthorized', detail: 'No.' })
  await scenario.way.set({ kind: 'answer', status: 401, body })
  await rename('Before the new token')
  await tick(scenario.shop, 130)
  const obstacle = async (token?: string) =>
    await scenario.shop.php<string>(
      'return Fiko_Sync_Settings::obstacle();',
      {},
      { env: token ? { E2E_FIKO_SYNC_TOKEN: token } : {} },
    )
  expect(await obstacle()).toBe('denied')
  expect(await obstacle('wc_sk_live_another')).toBe('')
  await scenario.way.set({ kind: 'forward' })
  const admin = await scenario.admin()
  const page = await admin.get('/wp-admin/admin.php?page=fiko-sync')
  await admin.ajax({
    action: 'fiko_sync',
    task: 'test',
    _ajax_nonce: nonce(page.html, /fikoSync = .*?"nonce":"(\w+)"/),
  })
  await scenario.expectInSync(id)
})

test('a token that is really revoked', async () => {
  await scenario.backend.revoke(scenario.store.tokenId)
  await rename('After the revocation')
  // The server believes a token it has just seen for 0.9 s.
  await expect
    .poll(
      async () => {
        await tick(scenario.shop, 130)
        return await dashboard()
      },
      { timeout: 30_000 },
    )
    .toMatch(PAUSED)
})
