import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentHash, readProduct } from '../../server/src/catalog/products/product-state.ts'
import { decide, type EventOrder, type StoredProduct } from '../../server/src/catalog/products/version-order.ts'

interface Event extends EventOrder {
  name: string
}

const update = (version: number, eventId: string, name = `Text of ${eventId}`): Event => ({
  version,
  eventId,
  name,
  isVersioned: true,
  isDelete: false,
})
const deletion = (version: number, eventId: string): Event => ({ ...update(version, eventId), isDelete: true })
const unversioned = (event: Event): Event => ({ ...event, isVersioned: false })

function apply(stored: StoredProduct | null, { name, ...order }: Event) {
  return decide(stored, order, order.isDelete ? null : readProduct({ id: 1, name }))
}

function applyAll(events: Event[]) {
  let stored: StoredProduct | null = null
  const outcomes = events.map((event) => {
    const { outcome, next } = apply(stored, event)
    stored = next ?? stored
    return outcome
  })
  return { stored: stored as StoredProduct | null, outcomes }
}

function permutationsOf<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items]
  return items.flatMap((item, index) => permutationsOf(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}

test('all 720 orders of six events, with deletions, a recreation and ties, end in one state', () => {
  const events = [update(1, 'a'), update(2, 'b'), deletion(3, 'c'), update(3, 'd'), update(5, 'e'), update(5, 'f')]
  const orders = permutationsOf(events)
  expect(orders).toHaveLength(720)
  const ends = new Set(orders.map((order) => JSON.stringify(applyAll(order).stored)))
  expect([...ends]).toHaveLength(1)
  expect(applyAll(events).stored).toMatchObject({ version: 5, eventId: 'f', isDelete: false, contentEventId: 'f' })
})

test('the order of versioned events never matters', () => {
  const event = fc.record({
    version: fc.integer({ min: 0, max: 4 }),
    isDelete: fc.boolean(),
    name: fc.constantFrom('Hat', 'Cap', 'Coat'),
  })
  const eventsAndOrder = fc
    .array(event, { minLength: 1, maxLength: 8 })
    .map((list) => list.map((each, index): Event => ({ ...each, isVersioned: true, eventId: `e${index}` })))
    .chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
      ),
    )
  fc.assert(
    fc.property(eventsAndOrder, ([events, shuffled]) => {
      expect(applyAll(shuffled).stored).toEqual(applyAll(events).stored)
    }),
    { numRuns: 1000 },
  )
})

test('applying an event a second time changes nothing', () => {
  const event = fc.record({ version: fc.integer({ min: 0, max: 3 }), isDelete: fc.boolean() })
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 6 }), (list) => {
      const events = list.map((each, index): Event => ({ ...update(each.version, `e${index}`), ...each }))
      const { stored } = applyAll(events)
      for (const again of events) {
        const { outcome, next } = apply(stored, again)
        expect(outcome).toBe('superseded')
        expect(next ?? stored).toEqual(stored)
      }
    }),
  )
})

test('a late older update is superseded and changes nothing', () => {
  const { stored } = applyAll([update(2, 'new')])
  expect(apply(stored, update(1, 'old'))).toEqual({ outcome: 'superseded', next: null })
})

test('an older update does not revive a tombstone, and only leaves its text there', () => {
  const { stored, outcomes } = applyAll([deletion(3, 'gone'), update(2, 'late'), update(1, 'later still')])
  expect(outcomes).toEqual(['deleted', 'superseded', 'superseded'])
  expect(stored).toMatchObject({ isDelete: true, version: 3, eventId: 'gone', contentEventId: 'late' })
})

test('a newer update revives a tombstone as a created product', () => {
  const { stored, outcomes } = applyAll([update(1, 'a'), deletion(2, 'b'), update(3, 'c')])
  expect(outcomes).toEqual(['created', 'deleted', 'created'])
  expect(stored).toMatchObject({ isDelete: false, version: 3 })
})

test('at equal versions a deletion wins, then the greater event id', () => {
  expect(applyAll([deletion(1, 'a'), update(1, 'z')]).outcomes).toEqual(['deleted', 'superseded'])
  expect(applyAll([update(1, 'z'), deletion(1, 'a')]).outcomes).toEqual(['created', 'deleted'])
  expect(applyAll([update(1, 'b'), update(1, 'a')]).outcomes).toEqual(['created', 'superseded'])
  expect(applyAll([update(1, 'a'), update(1, 'b')]).outcomes).toEqual(['created', 'content_updated'])
})

test('at equal versions the later arrival wins where one of the two carries no version', () => {
  expect(applyAll([unversioned(update(1, 'z')), unversioned(update(1, 'a'))]).stored?.eventId).toBe('a')
  expect(applyAll([update(1, 'z'), unversioned(update(1, 'a'))]).stored?.eventId).toBe('a')
  expect(applyAll([unversioned(update(1, 'z')), update(1, 'a')]).stored?.eventId).toBe('a')
  expect(applyAll([unversioned(deletion(1, 'a')), unversioned(update(1, 'z'))]).stored?.isDelete).toBe(true)
})

test('the outcome tells text, other fields and nothing apart', () => {
  const stored = (product: object) =>
    decide(null, update(1, 'a'), readProduct({ id: 1, name: 'Hat', ...product })).next as StoredProduct
  const outcomeOf = (product: object) =>
    decide(stored({ price: '5' }), update(2, 'b'), readProduct({ id: 1, name: 'Hat', price: '5', ...product })).outcome
  expect(outcomeOf({})).toBe('unchanged')
  expect(outcomeOf({ price: '6' })).toBe('metadata_updated')
  expect(outcomeOf({ variations: [{ id: 2, sku: 'x' }] })).toBe('metadata_updated')
  expect(outcomeOf({ status: 'draft' })).toBe('metadata_updated')
  for (const text of [{ name: 'Cap' }, { description: 'x' }, { short_description: 'x' }, { tags: ['x'] }]) {
    expect(outcomeOf(text)).toBe('content_updated')
  }
})

test('an equal canonical text is no change of the text, and the displayed text follows the shop', () => {
  const first = readProduct({
    id: 1,
    name: 'Café',
    categories: ['Tea', 'Kitchen'],
    tags: ['b', 'a'],
    description: '<p>One pot.</p>',
    attributes: [
      { name: 'Size', options: ['S', 'M'] },
      { name: 'Color', options: ['Red'] },
    ],
  })
  const stored = decide(null, update(1, 'a'), first).next as StoredProduct
  const again = readProduct({
    id: 1,
    name: 'Cafe\u0301',
    categories: ['Kitchen', 'Tea', 'Kitchen'],
    tags: ['a', 'b\u200b'],
    description: 'One\u00ad pot.\n\n<!-- x -->',
    attributes: [
      { name: 'Color', options: ['Red'] },
      { name: 'Size', options: ['M', 'S'] },
    ],
  })
  const { outcome, next } = decide(stored, update(2, 'b'), again)
  expect(outcome).toBe('metadata_updated')
  expect(next?.state).toMatchObject({ content_hash: first.content_hash, categories: ['Kitchen', 'Tea', 'Kitchen'] })
  expect(decide(next, update(3, 'c'), again).outcome).toBe('unchanged')
  const sale = readProduct({ ...{ id: 1, name: 'Café', categories: ['Tea', 'Kitchen', 'Sale'] } })
  expect(decide(next, update(3, 'c'), sale).outcome).toBe('content_updated')
})

test('labels are stored as the shop shows them, without entities, tags and empty ones', () => {
  const state = readProduct({
    id: 1,
    name: '<b>Pen</b> &amp; Co',
    categories: ['Tea &amp; Coffee', ' ', '<i>New</i>\u00a0in', '&nbsp;'],
    tags: ['R&D', '5 < 6'],
    attributes: [
      {
        name: 'Size&nbsp;<small>(EU)</small>',
        options: ['', 'M &amp; L', 'Dune [Audio]'],
        slugs: ['none', 'm-l', 'dune'],
      },
    ],
    variations: [
      { id: 2, attributes: { 'size-eu': 'm-l' } },
      { id: 3, attributes: { 'Size <small>(EU)</small>': 'Dune [Audio]' } },
      { id: 4, attributes: { 'size-eu': 'none' } },
    ],
  })
  expect(state).toMatchObject({
    name: 'Pen & Co',
    categories: ['Tea & Coffee', 'New in'],
    tags: ['R&D', '5 < 6'],
    attributes: [{ name: 'Size (EU)', options: ['M & L', 'Dune [Audio]'], variation: false }],
  })
  expect(state.variants.map(({ attributes }) => attributes)).toEqual([
    { 'Size (EU)': 'M & L' },
    { 'Size (EU)': 'Dune [Audio]' },
    { 'Size (EU)': 'none' },
  ])
})

test('no two different texts have one content hash', () => {
  const text = { name: '', short_description: '', description: '', categories: [], tags: [], attributes: [] }
  const pairs = [
    [
      { ...text, short_description: 'ab', description: 'c' },
      { ...text, short_description: 'a', description: 'bc' },
    ],
    [
      { ...text, categories: ['a', 'b'] },
      { ...text, categories: ['a, b'] },
    ],
    [
      { ...text, categories: ['a'] },
      { ...text, tags: ['a'] },
    ],
    [
      { ...text, attributes: [{ name: 'a', options: ['b', 'c'], variation: false }] },
      {
        ...text,
        attributes: [
          { name: 'a', options: ['b'], variation: false },
          { name: 'c', options: [], variation: false },
        ],
      },
    ],
    [
      { ...text, name: 'a","b' },
      { ...text, name: 'a', short_description: 'b' },
    ],
  ] as const
  for (const [one, other] of pairs) expect(contentHash(one as never)).not.toBe(contentHash(other as never))
})
