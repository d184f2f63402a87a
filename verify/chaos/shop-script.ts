import type { Random } from '../../scripts/random.ts'
import { type ChaosEvent, type SentProduct, versionOf } from './model.ts'

/** One request of a shop: what it sends, and which of its events must have been acknowledged before. */
export interface PlannedRequest {
  events: ChaosEvent[]
  isBatch: boolean
  /** Ids of events that go first: the original of a repeated one, the newer one of a late one. */
  after: string[]
  /** Sent twice at the same moment, as by two cron runs that overlap. */
  isTwin: boolean
  /** `again`: known events, to be skipped. `conflict`: a known id with another body, to be refused. */
  kind: 'new' | 'again' | 'conflict'
}

/** 2025-11-10. Versions are fixed by the script, so that a seed gives the same events at any time of day. */
const FIRST_VERSION_MS = 1_762_732_800_000
const LARGEST_BATCH = 30
const LARGEST_BACKFILL_BATCH = 100
const SYLLABLES = ['ba', 'ko', 'mu', 'fa', 'po', 'tu', 'ra', 'lo', 'vu', 'za']
const KINDS = ['کاپشن', 'کفش', 'کیف', 'Lamp', 'Chair', 'Kettle'] as const

interface ShopProduct {
  fields: SentProduct
  isDeleted: boolean
  last: ChaosEvent
}

/**
 * All requests of one shop, `events` different events in all: it fills its catalogue by backfill while its staff already edits,
 * and it edits, reprices, sells, hides, deletes and restores, repeats itself, sends old versions late, and sometimes uses an
 * event id twice. Each event is the whole product as the shop had it at that moment.
 *
 * All shops use the same product ids and the same event ids, which must not affect each other.
 */
export function writeScript(random: Random, shopNumber: number, events: number): PlannedRequest[] {
  const catalogue = new Map<number, ShopProduct>()
  const script: PlannedRequest[] = []
  const sent: ChaosEvent[] = []
  const late: { event: ChaosEvent; newer: ChaosEvent; dueAt: number }[] = []
  let made = 0
  let clockMs = FIRST_VERSION_MS

  const chance = (percent: number) => random.below(100) < percent
  const anyProduct = () => [...catalogue.values()][random.below(catalogue.size)] as ShopProduct

  const makeEvent = (product: ShopProduct, source: ChaosEvent['source']): ChaosEvent => {
    made += 1
    const eventId = `event-${String(made).padStart(6, '0')}`
    clockMs += 1
    // A tie: the deletion, or else the greater event id, must win.
    const isTie = product.last.version !== undefined && chance(2)
    if (!isTie) product.fields = { ...product.fields, date_modified: new Date(clockMs).toISOString() }
    const version = isTie ? versionOf(product.last) : clockMs * 1000
    const isVersioned = product.isDeleted || isTie || !chance(10)
    product.last = {
      event_id: eventId,
      event_type: product.isDeleted
        ? 'product.deleted'
        : product.last === NOTHING_YET
          ? 'product.created'
          : 'product.updated',
      ...(isVersioned && { version }),
      source,
      product: product.isDeleted ? { id: product.fields.id } : product.fields,
    }
    return product.last
  }

  const create = (source: ChaosEvent['source']): ChaosEvent => {
    const id = catalogue.size + 1
    const fields: SentProduct = {
      id,
      name: `${random.oneOf(KINDS)} ${searchWord(shopNumber, id)}`,
      description: describe(random, made),
      price: String(1_000 + random.below(10_000_000)),
      stock_quantity: random.below(200),
      status: chance(92) ? 'publish' : 'draft',
      currency: 'IRT',
      categories: [`Shelf ${random.below(20)}`],
      date_modified: '',
    }
    const product: ShopProduct = { fields, isDeleted: false, last: NOTHING_YET }
    catalogue.set(id, product)
    return makeEvent(product, source)
  }

  const change = (product: ShopProduct): ChaosEvent => {
    const what = random.below(100)
    if (product.isDeleted) product.isDeleted = what >= 60
    else if (what < 25) product.fields = { ...product.fields, description: describe(random, made) }
    else if (what < 55) product.fields = { ...product.fields, price: String(1_000 + random.below(10_000_000)) }
    else if (what < 82) product.fields = { ...product.fields, stock_quantity: random.below(200) }
    else if (what < 90) product.fields = { ...product.fields, status: chance(60) ? 'publish' : 'draft' }
    else product.isDeleted = true
    return makeEvent(product, 'live')
  }

  const send = (list: ChaosEvent[], kind: PlannedRequest['kind'], after: string[], isBatch: boolean) => {
    if (kind === 'new') sent.push(...list)
    script.push({ events: list, kind, after, isBatch, isTwin: kind === 'new' && chance(4) })
  }

  const anySent = () => sent[random.below(sent.length)] as ChaosEvent

  while (made < events) {
    const left = events - made
    // The first sync goes on while people already work: a fifth of all events, in large batches.
    if (catalogue.size < events / 5 && chance(catalogue.size === 0 ? 100 : 25)) {
      const size = Math.min(left, 1 + random.below(LARGEST_BACKFILL_BATCH))
      send(
        Array.from({ length: size }, () => create('backfill')),
        'new',
        [],
        true,
      )
    } else if (chance(5)) {
      const original = anySent()
      const isBatch = chance(50)
      send([original], 'again', [original.event_id], isBatch)
    } else if (chance(2)) {
      const original = anySent()
      const other = { ...original, source: original.source === 'live' ? 'backfill' : 'live' } as const
      send([other], 'conflict', [original.event_id], chance(50))
    } else if (chance(6) && left > 1) {
      // Its newer version overtakes it.
      const product = anyProduct()
      const event = change(product)
      late.push({ event, newer: change(product), dueAt: script.length + 1 + random.below(10) })
      send([product.last], 'new', [], chance(30))
    } else if (chance(10)) {
      const size = Math.min(left, 2 + random.below(LARGEST_BATCH - 1))
      send(
        Array.from({ length: size }, () => change(anyProduct())),
        'new',
        [],
        true,
      )
    } else if (chance(4)) {
      send([create('live')], 'new', [], false)
    } else {
      send([change(anyProduct())], 'new', [], false)
    }
    for (const { event, newer } of takeDue(late, script.length)) send([event], 'new', [newer.event_id], chance(30))
  }
  for (const { event, newer } of late) send([event], 'new', [newer.event_id], false)
  return script
}

/** Holds the place of a product's last event until it has one. */
const NOTHING_YET: ChaosEvent = { event_id: '', event_type: 'product.created', source: 'live', product: { id: 0 } }

/** A word that no other product of any shop has, from syllables, so that nothing takes it for a number or for a plural. */
export function searchWord(shopNumber: number, productId: number): string {
  const digits = (value: number) => [...String(value)].map((digit) => SYLLABLES[Number(digit)] ?? '').join('')
  return `${digits(shopNumber)}x${digits(productId)}`
}

/** The number in it tells one text of a product from its next. */
function describe(random: Random, made: number): string {
  const sentences = Array.from(
    { length: 1 + random.below(4) },
    (_, at) => `It has part ${at} of ${random.below(1_000)}.`,
  )
  return `${sentences.join(' ')} This is text ${made}.`
}

function takeDue<T extends { dueAt: number }>(late: T[], now: number): T[] {
  const due = late.filter((entry) => entry.dueAt <= now)
  for (const entry of due) late.splice(late.indexOf(entry), 1)
  return due
}
