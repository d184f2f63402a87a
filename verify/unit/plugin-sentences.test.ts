import { expect, test } from 'vitest'
import { needsOwner, type PluginReport, pluginSentence } from '../../server/src/plugin-api/plugin-sentences.ts'

const NOW = new Date('2026-11-23T12:00:00Z')
const ago = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000)
const KNOWN = [
  'ok',
  'syncing',
  'failed_products',
  'stuck',
  'wall',
  'no_answer',
  'no_background',
  'low_memory',
  'paused',
  'catching_up',
]

const aReport = (state: string, more: Partial<PluginReport> = {}): PluginReport => ({
  version: '1.1.0',
  state,
  since: null,
  waiting: 0,
  failed: 0,
  oldestWaitingAt: null,
  details: {},
  reportedAt: NOW,
  ...more,
})
const english = (report: PluginReport) => pluginSentence(report, 'en', NOW)

test.each<[string, Partial<PluginReport>, string]>([
  ['ok', {}, 'The plugin works; no products are waiting.'],
  ['ok', { waiting: 1 }, 'The plugin works; 1 product waits to be sent.'],
  [
    'stuck',
    { waiting: 6, oldestWaitingAt: ago(26.5) },
    'Nothing was sent for 26 hours although 6 products wait. The reason is shown in the shop’s wp-admin under WooCommerce → Fiko Sync.',
  ],
  [
    'stuck',
    { waiting: 1, since: ago(0.5) },
    'Nothing was sent for 30 minutes although 1 product waits. The reason is shown in the shop’s wp-admin under WooCommerce → Fiko Sync.',
  ],
  [
    'wall',
    { waiting: 6, oldestWaitingAt: ago(200), details: { what: 'Cloudflare', status: 403 } },
    'A firewall or login page in front of this server answered instead of it (\u2068Cloudflare\u2069, 403). Allow the shop’s requests to this server there, or ask the hosting provider to do so. 6 products wait, the oldest for 8 days.',
  ],
  [
    'failed_products',
    { failed: 3 },
    '3 products could not be sent; the reasons are shown in the shop’s product list, filter “Failed”.',
  ],
  [
    'syncing',
    { waiting: 1200, failed: 1 },
    'The plugin is sending products; 1,200 products wait. 1 product could not be sent; the reasons are shown in the shop’s product list, filter “Failed”.',
  ],
  [
    'constructor',
    {},
    'The plugin reports “constructor”, which this server does not know yet. The reason is shown in the shop’s wp-admin under WooCommerce → Fiko Sync.',
  ],
])('%s with %j says so', (state, more, sentence) => {
  expect(english(aReport(state, more))).toBe(sentence)
})

test('every state has a sentence in each language, with Persian digits in Persian', () => {
  for (const state of [...KNOWN, 'of_a_newer_plugin']) {
    const report = aReport(state, {
      waiting: 1234,
      failed: 56,
      since: ago(100),
      oldestWaitingAt: ago(100),
      details: { what: 'firewall', status: 403 },
    })
    const persian = pluginSentence(report, 'fa', NOW)
    expect(english(report), state).toMatch(/^[A-Z0-9].*\.$/)
    expect(persian, state).toMatch(/[\u0600-\u06ff].*\.$/)
    expect(persian, state).not.toMatch(/[0-9]/)
    if (KNOWN.includes(state)) expect(english(report), state).not.toContain('does not know')
  }
})

test('at most 60 characters of the plugin’s detail are shown, on one line', () => {
  const sentence = english(aReport('wall', { details: { what: `a\n b${'x'.repeat(100)}` } }))
  expect(sentence).toContain(`(\u2068a b${'x'.repeat(57)}…\u2069)`)
})

test('a working plugin needs no action until a product fails; every other state needs the owner', () => {
  const calm = KNOWN.filter((state) => !needsOwner({ state, failed: 0 }))
  expect(calm).toEqual(['ok', 'syncing', 'no_background', 'catching_up'])
  for (const state of [...KNOWN, 'of_a_newer_plugin', 'constructor']) {
    expect(needsOwner({ state, failed: 1 }), state).toBe(true)
  }
  expect(needsOwner({ state: 'constructor', failed: 0 })).toBe(true)
})
