import { expect, test } from 'vitest'
import {
  decideSync,
  type PluginFacts,
  STILL_AFTER_SECONDS,
  SYNC_CAUSES,
  SYNC_STATES,
  type SyncDecision,
  type SyncFacts,
  type SyncState,
  strongestState,
} from '../../server/src/sync/sync-machine.ts'
import { type SyncDetails, syncSentence, syncSumSentence } from '../../server/src/sync/sync-sentences.ts'

const NOW = new Date('2026-11-27T12:00:00Z')
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000)
const HOUR = 3600
const DAY = 24 * HOUR
const OLD = ago(4 * DAY)

const aPlugin = (plugin: Partial<PluginFacts> = {}): PluginFacts => ({
  reportedAt: ago(60),
  isInTrouble: false,
  waiting: 0,
  total: 0,
  ...plugin,
})

/** A shop in which nothing is the matter. */
const CALM: SyncFacts = {
  now: NOW,
  hasPlugin: true,
  tokens: 'valid',
  siteWaits: false,
  lastSignAt: ago(60),
  hasEvents: true,
  plugin: null,
  products: 1204,
  newProducts: 0,
  unsearchable: 0,
  waiting: 0,
  waitingEvents: 0,
  oldestEventAt: null,
  waitingTexts: 0,
  oldestTextAt: null,
  lastEndedAt: ago(HOUR),
  embeddingPaused: null,
  providerFails: null,
  providerAnsweredAt: null,
  failedProducts: 0,
  failedPages: 0,
}

const EVENTS: Partial<SyncFacts>[] = [
  {},
  { waitingEvents: 2, waiting: 2, newProducts: 1, oldestEventAt: ago(5) },
  { waitingEvents: 2, waiting: 2, oldestEventAt: ago(HOUR), lastEndedAt: ago(5) },
  { waitingEvents: 2, waiting: 2, oldestEventAt: ago(HOUR), lastEndedAt: null },
]
const TEXTS: Partial<SyncFacts>[] = [
  {},
  { waitingTexts: 3, waiting: 3, unsearchable: 3, oldestTextAt: ago(5) },
  { waitingTexts: 3, waiting: 3, unsearchable: 3, oldestTextAt: ago(HOUR) },
]
const PLUGINS: (PluginFacts | null)[] = [
  null,
  aPlugin(),
  aPlugin({ waiting: 6, total: 2000 }),
  aPlugin({ waiting: 6, reportedAt: ago(HOUR) }),
  aPlugin({ waiting: 6, isInTrouble: true }),
  aPlugin({ waiting: 6, isInTrouble: true, reportedAt: OLD }),
]
const VALUES = {
  hasPlugin: [true, false],
  tokens: ['none', 'valid', 'ended'],
  siteWaits: [false, true],
  lastSignAt: [null, ago(60), OLD],
  hasEvents: [false, true],
  plugin: PLUGINS,
  products: [0, 7],
  embeddingPaused: [null, 'budget', 'price_unknown'],
  providerFails: [null, false, true],
  providerAnsweredAt: [null, ago(5)],
  failedProducts: [0, 2],
  failedPages: [0, 1],
} as const satisfies { [Key in keyof SyncFacts]?: readonly SyncFacts[Key][] }

/** Visits every combination of the facts that a state depends on; `facts` is one object that changes. */
function everyCombination(visit: (facts: SyncFacts) => void): void {
  const names = Object.keys(VALUES) as (keyof typeof VALUES)[]
  const fill = (facts: SyncFacts, place: number): void => {
    const name = names[place]
    if (name === undefined) {
      visit(facts)
      return
    }
    for (const value of VALUES[name]) {
      Object.assign(facts, { [name]: value })
      fill(facts, place + 1)
    }
  }
  for (const events of EVENTS)
    for (const texts of TEXTS) {
      const waiting = (events.waiting ?? 0) + (texts.waiting ?? 0)
      fill({ ...CALM, ...events, ...texts, waiting }, 0)
    }
}

/** The rules of decision 33, written a second time. */
function expectedState(facts: SyncFacts): SyncState {
  const { hasPlugin, plugin, lastSignAt } = facts
  if (hasPlugin && facts.tokens === 'ended') return 'paused'
  if (facts.waitingTexts > 0 && facts.embeddingPaused) return 'paused'
  if (facts.failedProducts > 0 || facts.failedPages > 0) return 'needs_attention'
  if (hasPlugin && plugin?.isInTrouble && plugin.reportedAt !== OLD) return 'needs_attention'
  if (hasPlugin && facts.siteWaits) return 'needs_attention'
  if (facts.waitingTexts > 0 || facts.waitingEvents > 0) return 'syncing'
  if (hasPlugin && plugin === PLUGINS[2]) return 'syncing'
  if (!hasPlugin) return 'in_sync'
  if (lastSignAt === null || lastSignAt === OLD) return 'quiet'
  return facts.hasEvents || facts.products > 0 ? 'in_sync' : 'quiet'
}

test('every combination of facts gives exactly one state, by the order of precedence', () => {
  const seen = { states: new Set<string>(), causes: new Set<string>(), combinations: 0 }
  everyCombination((facts) => {
    const decision = decideSync(facts)
    const { state, causes, isMoving, waiting, total } = decision
    if (
      state !== expectedState(facts) ||
      (causes.length === 0) !== (state === 'in_sync') ||
      waiting > total ||
      (isMoving && waiting === 0) ||
      decision.attention !== facts.failedProducts
    )
      expect.fail(`${JSON.stringify(facts)} gave ${JSON.stringify(decision)}, expected ${expectedState(facts)}`)
    seen.states.add(state)
    for (const cause of causes) seen.causes.add(cause)
    seen.combinations += 1
  })
  expect(seen.combinations).toBe(12 * 2 * 3 * 2 * 3 * 2 * 6 * 2 * 3 * 3 * 2 * 2 * 2)
  expect([...seen.states].sort()).toEqual([...SYNC_STATES].sort())
  expect([...seen.causes].sort()).toEqual([...SYNC_CAUSES].sort())
})

test('a stronger state wins over each weaker one', () => {
  const making: Record<Exclude<SyncState, 'in_sync'>, Partial<SyncFacts>> = {
    paused: { tokens: 'ended' },
    needs_attention: { failedProducts: 1 },
    syncing: { waitingEvents: 1, waiting: 1, oldestEventAt: ago(5) },
    quiet: { lastSignAt: OLD },
  }
  const order = Object.keys(making) as (keyof typeof making)[]
  for (const [place, stronger] of order.entries())
    for (const weaker of order.slice(place))
      expect(decideSync({ ...CALM, ...making[weaker], ...making[stronger] }).state, `${stronger}, ${weaker}`).toBe(
        stronger,
      )
  expect(strongestState(['in_sync', 'quiet', 'syncing'])).toBe('syncing')
  expect(strongestState([])).toBe('in_sync')
})

test('a refused text is never “syncing”, and nothing moves in it', () => {
  const facts = { ...CALM, products: 61, unsearchable: 1, failedProducts: 1 }
  expect(decideSync(facts)).toMatchObject({ state: 'needs_attention', waiting: 0, attention: 1, isMoving: false })
})

test.each<[string, Partial<SyncFacts>, boolean]>([
  ['a new event', { waitingEvents: 1, waiting: 1, oldestEventAt: ago(STILL_AFTER_SECONDS - 1) }, true],
  [
    'old events of which some end',
    { waitingEvents: 9, waiting: 9, oldestEventAt: ago(HOUR), lastEndedAt: ago(5) },
    true,
  ],
  ['an event that waits for its next attempt', { waitingEvents: 1, waiting: 1, oldestEventAt: ago(HOUR) }, false],
  ['a new text', { waitingTexts: 1, waiting: 1, oldestTextAt: ago(5) }, true],
  [
    'old texts while the provider answers',
    { waitingTexts: 1, waiting: 1, oldestTextAt: ago(HOUR), providerAnsweredAt: ago(5) },
    true,
  ],
  [
    'a new text while the provider fails',
    { waitingTexts: 1, waiting: 1, oldestTextAt: ago(5), providerFails: true },
    false,
  ],
  ['old texts without an answer', { waitingTexts: 1, waiting: 1, oldestTextAt: ago(HOUR) }, false],
  ['products that the shop sends', { plugin: aPlugin({ waiting: 3 }) }, true],
])('work moves only while some of it is done: %s', (_what, facts, isMoving) => {
  expect(decideSync({ ...CALM, ...facts })).toMatchObject({ state: 'syncing', isMoving })
})

test.each<[string, Partial<SyncFacts>, number, number]>([
  [
    'a first sync counts the products that the shop has not sent yet',
    { products: 200, plugin: aPlugin({ waiting: 1004, total: 1204 }) },
    200,
    1204,
  ],
  ['an edit of a known product is one of them', { waitingEvents: 1, waiting: 1 }, 1203, 1204],
  ['a new product is one more', { waitingEvents: 1, waiting: 1, newProducts: 1 }, 1204, 1205],
  ['edits in the shop’s queue are products that are known', { plugin: aPlugin({ waiting: 4 }) }, 1200, 1204],
])('n of m: %s', (_what, facts, done, total) => {
  const decision = decideSync({ ...CALM, ...facts })
  expect([decision.total - decision.waiting, decision.total]).toEqual([done, total])
})

const DETAILS: SyncDetails = {
  lastChangeAt: ago(125),
  medianSeconds: 34.2,
  pluginSentence: 'Nothing was sent for 26 hours.',
  pauseSentence: 'The budget is used up.',
}
const say = (facts: Partial<SyncFacts>, language: 'en' | 'fa' = 'en', details: Partial<SyncDetails> = {}) => {
  const whole = { ...CALM, ...facts }
  return syncSentence(whole, decideSync(whole), { ...DETAILS, ...details }, language)
}

test.each<[Partial<SyncFacts>, Partial<SyncDetails>, string, string]>([
  [
    {},
    {},
    'Your shop is in sync: 1,204 products, last change 2 minutes ago, searchable in 34 s (median).',
    'فروشگاه شما همگام است: ۱٬۲۰۴ محصول، آخرین تغییر ۲ دقیقه پیش، قابل جست‌وجو در ۳۴ ثانیه (میانه).',
  ],
  [
    { products: 1 },
    { lastChangeAt: null, medianSeconds: null },
    'Your shop is in sync: 1 product.',
    'فروشگاه شما همگام است: ۱ محصول.',
  ],
  [
    { waitingEvents: 24, waiting: 24, oldestEventAt: ago(5) },
    {},
    'Your shop is syncing: 1,180 of 1,204 products are current.',
    'فروشگاه شما در حال همگام‌سازی است: ۱٬۱۸۰ از ۱٬۲۰۴ محصول به‌روز است.',
  ],
  [
    { failedProducts: 3 },
    {},
    '3 products need your attention: the AI does not find them completely, or knows an old version. The page of the store names each with its reason.',
    '۳ محصول به اقدام شما نیاز دارد: هوش مصنوعی آن را کامل پیدا نمی‌کند یا نسخهٔ قدیمی‌اش را می‌شناسد. صفحهٔ فروشگاه هر مورد را با علتش نشان می‌دهد.',
  ],
])('the sentence of %j', (facts, details, english, persian) => {
  expect(say(facts, 'en', details)).toBe(english)
  expect(say(facts, 'fa', details)).toBe(persian)
})

test('a paused shop with failed products says both', () => {
  const sentence = say({ waitingTexts: 2, waiting: 2, embeddingPaused: 'budget', failedProducts: 1 })
  expect(sentence).toMatch(/^The sync of your shop is paused for 2 products\. The budget is used up\. 1 product needs/)
})

test('the sentence about still work names the provider, and that it goes on by itself', () => {
  const still = { waitingTexts: 1, waiting: 1, oldestTextAt: ago(HOUR) }
  expect(say({ ...still, providerFails: true })).toContain('The embedding service does not answer')
  expect(say(still)).toContain('Nothing has moved for a minute')
})

test('every sentence is whole in both languages, without milliseconds, percentiles and vectors', () => {
  const decided = new Map<string, [SyncFacts, SyncDecision]>()
  everyCombination((facts) => {
    const decision = decideSync(facts)
    const { providerFails, lastSignAt, failedPages, waitingEvents } = facts
    const key = `${decision.causes} ${decision.isMoving} ${providerFails} ${lastSignAt === null} ${failedPages} ${waitingEvents}`
    if (!decided.has(key)) decided.set(key, [{ ...facts }, decision])
  })
  expect(decided.size).toBeGreaterThan(500)
  for (const [facts, decision] of decided.values()) {
    const english = syncSentence(facts, decision, DETAILS, 'en')
    expect(english).toMatch(/^[A-Z0-9].*\.$/)
    expect(english).not.toMatch(/\bms\b|p95|percentile|vector|undefined|null|NaN| {2}/)
    const persian = syncSentence(
      facts,
      decision,
      { ...DETAILS, pluginSentence: 'افزونه.', pauseSentence: 'بودجه.' },
      'fa',
    )
    expect(persian).toMatch(/^[\u0600-\u06ff].*\.$/)
    expect(persian).not.toMatch(/[0-9]|undefined|null|NaN| {2}/)
  }
})

test('several shops are counted by state, or said to be in sync together', () => {
  const sum = {
    products: 3410,
    lastChangeAt: ago(7200),
    medianSeconds: 0.4,
    now: NOW,
    attention: 0,
    failedPages: 0,
    total: 3410,
    waiting: 0,
  }
  expect(syncSumSentence({ ...sum, stores: 5, byState: { in_sync: 5 } }, 'en')).toBe(
    'All 5 shops are in sync: 3,410 products, last change 2 hours ago, searchable in less than 1 s (median).',
  )
  const mixed = {
    ...sum,
    stores: 7,
    byState: { paused: 1, needs_attention: 2, syncing: 1, in_sync: 3 },
    attention: 3,
    failedPages: 1,
  }
  expect(syncSumSentence(mixed, 'en')).toBe(
    'Of 7 shops, 1 is paused, 2 need your attention (3 products and 1 page), 1 is syncing, 3 are in sync.',
  )
  expect(syncSumSentence(mixed, 'fa')).toBe(
    'از ۷ فروشگاه: ۱ فروشگاه متوقف، ۲ فروشگاه نیازمند اقدام شما (۳ محصول و ۱ برگه)، ۱ فروشگاه در حال همگام‌سازی، ۳ فروشگاه همگام.',
  )
})
