import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ALERT_KINDS, KIND_NAMES } from '../../server/src/alerts/alert-kinds.ts'
import { sentencesOf } from '../../server/src/alerts/alert-sentences.ts'
import { signWebhook } from '../../server/src/alerts/channels/sign-webhook.ts'
import { backoffS } from '../../server/src/alerts/deliver-messages.ts'
import { clockOf, isTimeZone, minutesOf, quietUntil } from '../../server/src/alerts/quiet-hours.ts'
import { renderMessage } from '../../server/src/alerts/render-message.ts'
import { createSealer } from '../../server/src/alerts/seal-secret.ts'
import { budgetFinding } from '../../server/src/alerts/sources/budgets.ts'
import { driftOf } from '../../server/src/alerts/sources/drift.ts'
import { acrossTenants, type FailedGroup, mergeCauses } from '../../server/src/alerts/sources/failed-events.ts'
import { diskFindings } from '../../server/src/alerts/sources/installation.ts'
import type { MessageItem } from '../../server/src/alerts/write-messages.ts'

const NOW = new Date('2026-11-27T10:00:30Z')

describe('quiet hours', () => {
  const tehran = (from: string, to: string) => ({
    from: minutesOf(from) ?? 0,
    to: minutesOf(to) ?? 0,
    timeZone: 'Asia/Tehran',
  })

  test('end in the time zone of the person, also past midnight', () => {
    // 13:30 in Tehran.
    expect(quietUntil(NOW, tehran('13:00', '15:00'))?.toISOString()).toBe('2026-11-27T11:30:00.000Z')
    expect(quietUntil(NOW, tehran('22:00', '07:00'))).toBeNull()
    expect(quietUntil(NOW, tehran('07:00', '13:30')), 'the end is excluded').toBeNull()
    expect(quietUntil(NOW, tehran('13:30', '13:31'))?.toISOString()).toBe('2026-11-27T10:01:00.000Z')
    const midnight = new Date('2026-11-27T21:00:00Z')
    expect(quietUntil(midnight, tehran('22:00', '07:00'))?.toISOString()).toBe('2026-11-28T03:30:00.000Z')
    expect(quietUntil(NOW, null)).toBeNull()
  })

  test('end at a time that is not quiet, whatever the hours are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 86_400_000 }),
        (from, to, offsetMs) => {
          fc.pre(from !== to)
          const hours = { from, to, timeZone: 'UTC' }
          const until = quietUntil(new Date(NOW.getTime() + offsetMs), hours)
          if (until === null) return
          expect(until.getTime()).toBeGreaterThan(NOW.getTime() + offsetMs)
          expect(quietUntil(until, hours)).toBeNull()
        },
      ),
    )
  })

  test('clocks are read and written alike', () => {
    for (const clock of ['00:00', '07:05', '23:59']) expect(clockOf(minutesOf(clock) ?? -1)).toBe(clock)
    expect(['24:00', '7:00', '07:60', ''].map(minutesOf)).toEqual([null, null, null, null])
    expect([isTimeZone('Asia/Tehran'), isTimeZone('Mars/Base')]).toEqual([true, false])
  })
})

test('a signature is that of the specification of Standard Webhooks', () => {
  const headers = signWebhook(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    '{"test": 2432232314}',
  )
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('a sealed secret is opened by its own key for its own tenant only, and never twice the same', () => {
  const sealer = createSealer('a session secret of enough characters')
  const sealed = sealer.seal({ botToken: '123:abc' }, 7)
  expect(sealed).not.toContain('abc')
  expect(sealer.open(sealed, 7)).toEqual({ botToken: '123:abc' })
  expect(sealer.seal({ botToken: '123:abc' }, 7)).not.toBe(sealed)
  expect(sealer.open(sealed, 8)).toBeNull()
  expect(createSealer('another secret of enough characters').open(sealed, 7)).toBeNull()
  expect(sealer.open(`${sealed.slice(0, -2)}AA`, 7)).toBeNull()
  expect(sealer.open(sealer.prefix, 7)).toBeNull()
})

test('pauses grow from seconds to four hours', () => {
  const pauses = Array.from({ length: 12 }, (_, failures) => backoffS(failures + 1, 0.5))
  expect(pauses).toEqual([5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 14_400, 14_400, 14_400, 14_400])
  expect([backoffS(1, 0), backoffS(1, 1)]).toEqual([4.5, 5.5])
})

describe('sources', () => {
  const group = (tenantId: number, cause: string, count: number): FailedGroup => ({
    tenantId,
    source: 'event',
    cause,
    reason: `failed (code ${cause})`,
    count,
    products: count,
    firstAt: new Date(NOW.getTime() - count * 1000),
  })

  test('one cause in several tenants is one finding of the installation', () => {
    expect(acrossTenants([group(1, 'a', 3), group(1, 'b', 2)])).toEqual([])
    expect(acrossTenants([group(1, 'a', 3), group(2, 'a', 4), group(2, 'b', 1)])).toMatchObject([
      { tenantId: null, count: 7, facts: { tenants: 2 }, since: new Date(NOW.getTime() - 4000) },
    ])
  })

  test('a tenant with very many causes gets one alert', () => {
    const many = Array.from({ length: 30 }, (_, cause) => group(1, `c${cause}`, 2))
    expect(mergeCauses([...many, group(2, 'a', 1)])).toMatchObject([
      { tenantId: 1, cause: 'many', count: 60 },
      { tenantId: 2, cause: 'a' },
    ])
    expect(mergeCauses(many.slice(0, 20))).toHaveLength(20)
  })

  test('drift is an alert from ten products and the share of the settings', () => {
    const store = (differed: number, products: number) => ({
      tenantId: 1,
      storeId: 2,
      store: 'Shop',
      differed,
      products,
      firstAt: NOW,
    })
    expect(driftOf(store(9, 9), 5)).toEqual([])
    expect(driftOf(store(10, 201), 5)).toEqual([])
    expect(driftOf(store(10, 200), 5)).toMatchObject([{ count: 10, facts: { percent: 5 } }])
    expect(driftOf(store(30, 0), 5)).toMatchObject([{ facts: { percent: 100 } }])
  })

  test('a budget has two levels', () => {
    const spent = (share: number, pausedReason: 'budget' | 'price_unknown' | null = null) =>
      budgetFinding(
        {
          tenantId: 1,
          unit: 'usd',
          amount: '5',
          spent: '4.5',
          share,
          month: '2026-11',
          pausedSince: pausedReason && NOW,
          pausedReason,
        },
        NOW,
      )
    expect([spent(0.8).level, spent(0.99).level, spent(1).level, spent(0.9, 'budget').level]).toEqual([1, 1, 2, 2])
    expect(spent(0.9999).facts.percent, 'never rounded up to all').toBe(99)
  })

  test('a disk is told below 1 GB, and again below 250 MB', () => {
    expect(diskFindings(1_000_000_000, 'a', '/data', NOW)).toEqual([])
    expect(diskFindings(999_999_999, 'a', '/data', NOW)).toMatchObject([{ level: 1, facts: { megabytes: 999 } }])
    expect(diskFindings(200_000_000, 'a', '/data', NOW)).toMatchObject([{ level: 2 }])
  })
})

describe('a message', () => {
  const item = (change: MessageItem['change'], more: Partial<MessageItem> = {}): MessageItem => ({
    change,
    kind: 'quiet_store',
    level: 1,
    count: 1,
    facts: { store: 'Boots & more' },
    store_id: 4,
    is_of_installation: false,
    first_seen_at: '2026-11-26T10:00:00.000Z',
    last_seen_at: '2026-11-27T10:00:00.000Z',
    closed_at: change === 'closed' ? '2026-11-27T10:00:00.000Z' : null,
    ...more,
  })
  const render = (items: Record<string, MessageItem>, language: 'en' | 'fa' = 'en') =>
    renderMessage(
      { kind: 'changed', items, createdAt: NOW },
      { language, timeZone: 'Asia/Tehran', publicUrl: 'https://sync.example' },
    )

  test('says what happened, since when, what to do, and where', () => {
    const { subject, text } = render({ 1: item('opened') })
    expect(subject).toBe('[Fiko Sync] The store \u2068Boots & more\u2069 is quiet')
    expect(text).toContain('Since: 26 Nov 2026, 13:30')
    expect(text).toContain('What to do: Open the plugin’s page')
    expect(text).toContain('https://sync.example/stores/4')
  })

  test('of several alerts names the first and counts the others; what is over comes last', () => {
    const { subject, text, body } = render({ 1: item('closed'), 2: item('opened'), 3: item('raised', { level: 2 }) })
    expect(subject).toMatch(/ \(and 2 more\)$/)
    expect(JSON.parse(body).data.alerts.map(({ id }: { id: number }) => id)).toEqual([3, 2, 1])
    expect(text.trimEnd()).toMatch(/Over: .*\nThe store has made contact again\.\nSince .* until .*$/)
  })

  test('describes at most 15 alerts and counts the rest', () => {
    const items = Object.fromEntries(Array.from({ length: 40 }, (_, id) => [String(id + 1), item('opened')]))
    const { text, body } = render(items)
    expect(text.split('What to do:')).toHaveLength(16)
    expect(text).toContain('… and 25 more alerts.')
    expect(JSON.parse(body).data.count).toBe(40)
  })

  test('in Persian has Persian digits and dates', () => {
    const { text } = render({ 1: item('opened') }, 'fa')
    expect(text).toContain('از: ')
    expect(text.replaceAll(/https:\S+/g, '')).not.toMatch(/[0-9]/)
  })

  test('of each kind has sentences in both languages, without a hole', () => {
    for (const kind of KIND_NAMES) {
      for (const level of [1, 2]) {
        for (const isOfInstallation of [true, false]) {
          const facts = { source: 'event', reason: 'x', store: 's', channel: 'c', unit: 'usd', amount: '5', spent: '4' }
          const all = sentencesOf({ kind, level, count: 2, facts, storeId: null, isOfInstallation })
          for (const sentence of [all.title, all.message, all.advice, all.over]) {
            expect(sentence.en, kind).toMatch(/^\S/)
            expect(sentence.fa, kind).toMatch(/\p{Script=Arabic}/u)
            expect(`${sentence.en}${sentence.fa}`, kind).not.toMatch(/NaN|\[object/)
          }
          expect(all.path).toMatch(/^\//)
        }
      }
      expect(ALERT_KINDS[kind].name.fa).toMatch(/\p{Script=Arabic}/u)
    }
  })
})
