import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../scripts/random.ts'
import { planEmbeddedFaults, planPostgresFaults } from '../chaos/fault-plan.ts'
import { judge } from '../chaos/judge.ts'
import { type ChaosEvent, type Model, type SentProduct, takeIn } from '../chaos/model.ts'
import { readOptions } from '../chaos/options.ts'
import { writeScript } from '../chaos/shop-script.ts'
import type { Snapshot, StoredProduct } from '../chaos/snapshot.ts'

const product = (fields: Partial<SentProduct> = {}): SentProduct => ({
  id: 1,
  name: 'Lamp',
  description: 'It has a cord. This is text 1.',
  price: '5000',
  stock_quantity: 3,
  status: 'publish',
  currency: 'IRT',
  categories: [],
  date_modified: '2025-11-10T00:00:00.001Z',
  ...fields,
})
const update = (version: number, id: string, fields: Partial<SentProduct> = {}): ChaosEvent => ({
  event_id: id,
  event_type: 'product.updated',
  version,
  source: 'live',
  product: product(fields),
})
const deletion = (version: number, id: string): ChaosEvent => ({
  event_id: id,
  event_type: 'product.deleted',
  version,
  source: 'live',
  product: { id: 1 },
})
const modelOf = (...events: ChaosEvent[]): Model => {
  const model: Model = new Map()
  for (const event of events) takeIn(model, event)
  return model
}

describe('the model', () => {
  test('holds the highest version in any order of arrival', () => {
    const events = [update(2, 'a', { price: '2' }), update(3, 'b', { price: '3' }), update(1, 'c', { price: '1' })]
    expect(modelOf(...events).get(1)).toMatchObject({ version: 3, eventId: 'b', price: '3' })
  })

  test('at equal versions a deletion wins, then the greater event id', () => {
    expect(modelOf(update(1, 'z'), deletion(1, 'a')).get(1)).toEqual({ version: 1, eventId: 'a', deleted: true })
    expect(modelOf(deletion(1, 'a'), update(1, 'z')).get(1)).toMatchObject({ deleted: true })
    expect(modelOf(update(1, 'b'), update(1, 'a')).get(1)).toMatchObject({ eventId: 'b' })
  })

  test('a deleted product is not revived by an older update, and is by a newer one', () => {
    expect(modelOf(deletion(5, 'a'), update(4, 'b')).get(1)).toMatchObject({ deleted: true, version: 5 })
    expect(modelOf(deletion(5, 'a'), update(6, 'b')).get(1)).toMatchObject({ deleted: false, version: 6 })
  })

  test('an event without a version stands at its date', () => {
    const { version: _, ...dated } = update(0, 'a')
    expect(modelOf(dated).get(1)).toMatchObject({ version: Date.parse('2025-11-10T00:00:00.001Z') * 1000 })
  })

  test('ends the same in every order and with repeated events', () => {
    const events = fc.array(fc.record({ version: fc.integer({ min: 0, max: 4 }), isDelete: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    })
    const withOrder = events
      .map((list) =>
        list.map(({ version, isDelete }, at) =>
          isDelete ? deletion(version, `e${at}`) : update(version, `e${at}`, { price: String(at) }),
        ),
      )
      .chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })),
      )
    fc.assert(
      fc.property(withOrder, ([list, again]) => {
        expect(modelOf(...again)).toEqual(modelOf(...list))
      }),
    )
  })
})

describe('a shop’s script', () => {
  const scriptOf = (seed: number) => writeScript(createRandom(seed), 3, 2_000)
  const newEvents = (seed: number) =>
    scriptOf(seed)
      .filter((request) => request.kind === 'new')
      .flatMap((request) => request.events)

  test('follows from its seed, and another seed gives another', () => {
    expect(scriptOf(5)).toEqual(scriptOf(5))
    expect(scriptOf(5)).not.toEqual(scriptOf(6))
  })

  test('holds each event once, and has no two updates of one product that only the arrival could order', () => {
    const events = newEvents(5)
    expect(events.length).toBeGreaterThanOrEqual(2_000)
    expect(new Set(events.map((event) => event.event_id)).size).toBe(events.length)
    const model = modelOf(...events)
    expect(modelOf(...events.toReversed())).toEqual(model)
    expect([...model.values()].some((each) => each.deleted)).toBe(true)
    expect([...model.values()].some((each) => !each.deleted && !each.isActive)).toBe(true)
  })

  test('waits only for its own earlier requests', () => {
    const before = new Set<string>()
    let waits = 0
    for (const { events, after, kind } of scriptOf(5)) {
      for (const id of after) expect(before.has(id), id).toBe(true)
      waits += after.length
      if (kind === 'new') for (const event of events) before.add(event.event_id)
    }
    expect(waits).toBeGreaterThan(10)
  })

  test('repeats events as they were and at once, sends older versions behind newer ones, and uses an id twice', () => {
    const script = scriptOf(5)
    const first = new Map(newEvents(5).map((event) => [event.event_id, event]))
    const of = (kind: string) => script.filter((request) => request.kind === kind).flatMap((request) => request.events)
    expect(script.filter((request) => request.isTwin).length).toBeGreaterThan(3)
    expect(of('again').length).toBeGreaterThan(3)
    for (const event of of('again')) expect(event).toEqual(first.get(event.event_id))
    expect(of('conflict').length).toBeGreaterThan(0)
    for (const event of of('conflict')) expect(event).not.toEqual(first.get(event.event_id))
    expect(script.filter((request) => request.kind === 'new' && request.after.length > 0).length).toBeGreaterThan(3)
  })
})

test('the faults follow from the seed; there is one immediate restart for every ten kills', () => {
  const plan = (seed: number) => planPostgresFaults(createRandom(seed), { events: 1, kills: 200, tenants: 1 })
  expect(plan(1)).toEqual(plan(1))
  expect(plan(1)).not.toEqual(plan(2))
  const kinds = Object.groupBy(plan(1), (fault) => fault.kind)
  expect((kinds['kill-api']?.length ?? 0) + (kinds['kill-worker']?.length ?? 0)).toBe(200)
  expect(kinds['restart-immediate']).toHaveLength(20)
  for (const kind of ['restart-fast', 'terminate-backends', 'cut', 'stall'] as const)
    expect(kinds[kind]).toHaveLength(10)
  expect(kinds['kill-all-in-one']).toBeUndefined()
  const embedded = planEmbeddedFaults(createRandom(1), { events: 1, kills: 7, tenants: 1 })
  expect(embedded.map((fault) => fault.kind)).toEqual(Array(7).fill('kill-all-in-one'))
})

describe('the judgement', () => {
  const stored = (fields: Partial<StoredProduct> = {}): StoredProduct => ({
    storeId: 7,
    productId: 1,
    isDeleted: false,
    isActive: true,
    version: 1,
    name: 'Lamp',
    description: product().description,
    price: '5000',
    stock: 3,
    texts: [{ text: 'Lamp\nIt has a cord. This is text 1.', position: 0, vector: 'right' }],
    ...fields,
  })
  const snapshot = (fields: Partial<Snapshot> = {}): Snapshot => ({
    events: [{ storeId: 7, eventId: 'a', state: 'ended', attempts: 1 }],
    products: [stored()],
    refusedTexts: 0,
    keepsTombstones: true,
    searchAsksProduct: true,
    ...fields,
  })
  const found = (given: Snapshot, event: ChaosEvent = update(1, 'a'), acceptedTwice: string[] = []) => {
    const {
      acknowledged: _,
      stored: __,
      ended: ___,
      heavy: ____,
      dead,
      ...lists
    } = judge(given, new Set(['7 a']), new Map([[7, modelOf(event)]]), acceptedTwice)
    const counts = { dead, ...Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.length])) }
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
  }

  test('finds nothing where nothing is wrong', () => {
    expect(found(snapshot())).toEqual({})
    const gone = stored({ isDeleted: true, isActive: false, texts: [] })
    expect(found(snapshot({ products: [gone] }), deletion(1, 'a'))).toEqual({})
    expect(found(snapshot({ products: [], keepsTombstones: false }), deletion(1, 'a'))).toEqual({})
    const hidden = snapshot({ products: [stored({ isActive: false })] })
    expect(found(hidden, update(1, 'a', { status: 'draft' }))).toEqual({})
  })

  test('finds acknowledged events that are not in the log', () => {
    expect(found(snapshot({ events: [] }))).toEqual({ lost: 1 })
  })

  test('finds an event twice in the log, one that was begun twice, and one accepted twice', () => {
    const [event] = snapshot().events
    if (!event) throw new Error('there is an event')
    expect(found(snapshot({ events: [event, event] }))).toEqual({ doubled: 1 })
    expect(found(snapshot({ events: [{ ...event, attempts: 2 }] }))).toEqual({ doubled: 1 })
    expect(found(snapshot(), update(1, 'a'), ['7 a'])).toEqual({ doubled: 1 })
  })

  test.each([
    ['price', { price: '5001' }],
    ['stock', { stock: 4 }],
    ['name', { name: 'Lamps' }],
    ['description', { description: 'Other. This is text 1.' }],
    ['version', { version: 2 }],
  ])('finds another %s', (_, fields) => {
    expect(found(snapshot({ products: [stored(fields)] }))).toEqual({ mismatches: 1 })
  })

  test('finds missing and unexpected products', () => {
    expect(found(snapshot({ products: [] }))).toEqual({ mismatches: 1 })
    expect(found(snapshot({ products: [stored(), stored({ productId: 2 })] }))).toEqual({ mismatches: 1 })
    expect(found(snapshot({ products: [stored({ storeId: 8 }), stored()] }))).toEqual({ mismatches: 1 })
  })

  test('finds a text without its vector, with a wrong one, of an older version, and two in one place', () => {
    const [text] = stored().texts
    if (!text) throw new Error('there is a text')
    const withTexts = (...texts: StoredProduct['texts']) => snapshot({ products: [stored({ texts })] })
    expect(found(withTexts({ ...text, vector: 'missing' }))).toEqual({ vectorsMissing: 1 })
    expect(found(withTexts({ ...text, vector: 'wrong' }))).toEqual({ vectorsMissing: 1 })
    expect(found(withTexts())).toEqual({ vectorsMissing: 1 })
    expect(found(withTexts({ ...text, text: 'Lamp\nThis is text 0.' }))).toEqual({ vectorsMissing: 1 })
    expect(found(withTexts(text, { ...text, text: 'Lamp' }))).toEqual({ doubled: 1 })
  })

  test('finds texts of a deleted product, and a hidden one that search would give', () => {
    const gone = stored({ isDeleted: true, isActive: false })
    expect(found(snapshot({ products: [gone] }), deletion(1, 'a'))).toEqual({ leftOver: 1 })
    const hidden = snapshot({ products: [stored({ isActive: false })], searchAsksProduct: false })
    expect(found(hidden, update(1, 'a', { status: 'draft' }))).toEqual({ leftOver: 1 })
  })

  test('does not call an event ended that is still open', () => {
    const open = snapshot({ events: [{ storeId: 7, eventId: 'a', state: 'open', attempts: 0 }] })
    const counts = (given: Snapshot) => judge(given, new Set(['7 a']), new Map([[7, modelOf(update(1, 'a'))]]), [])
    expect(counts(open)).toMatchObject({ stored: 1, ended: 0 })
    expect(counts(snapshot())).toMatchObject({ stored: 1, ended: 1 })
  })

  test('does not hold heavy events to the model: they may be tried again and end as dead letters, but not be lost or open', () => {
    const heavyStore = { storeId: 9, acknowledged: new Set(['9 a', '9 b', '9 c', '9 d']) }
    const given = snapshot({
      events: [
        ...snapshot().events,
        { storeId: 9, eventId: 'a', state: 'ended', attempts: 3 },
        { storeId: 9, eventId: 'b', state: 'dead', attempts: 4 },
        { storeId: 9, eventId: 'c', state: 'open', attempts: 0 },
      ],
      products: [stored(), stored({ storeId: 9 })],
    })
    const findings = judge(given, new Set(['7 a']), new Map([[7, modelOf(update(1, 'a'))]]), [], heavyStore)
    expect(findings.heavy).toEqual({ acknowledged: 4, applied: 1, dead: 1, open: 1, lost: 1 })
    expect(findings).toMatchObject({ dead: 0, doubled: [], mismatches: [], stored: 1, acknowledged: 1 })
  })

  test('counts dead letters of both kinds', () => {
    expect(found(snapshot({ refusedTexts: 2 }))).toEqual({ dead: 2 })
  })
})

test('the command line sets the sizes, and unknown options are refused', () => {
  expect(readOptions(['--seed=3', '--long'])).toMatchObject({
    seed: 3,
    databases: ['postgres', 'embedded'],
    postgres: { events: 100_000, kills: 200, tenants: 10 },
    embedded: { events: 10_000, kills: 40 },
  })
  expect(readOptions(['--naive', '--events=100'])).toMatchObject({ databases: ['postgres'], postgres: { events: 100 } })
  for (const wrong of ['--seeds=1', '--seed=x', '--seed', '--database=mysql', '--long=1', 'long']) {
    expect(() => readOptions([wrong]), wrong).toThrow('Usage')
  }
})
