import type { Model, ModelProduct } from './model.ts'
import type { Snapshot, StoredEvent, StoredProduct } from './snapshot.ts'

/** The faults at the end, one entry for each case. */
export interface Findings {
  acknowledged: number
  stored: number
  /** Of the acknowledged ones, those that nothing is left to do for: dead letters as well. */
  ended: number
  dead: number
  lost: string[]
  doubled: string[]
  mismatches: string[]
  vectorsMissing: string[]
  leftOver: string[]
  heavy: HeavyFindings
}

/** Outcome of the acknowledged heavy events. */
export interface HeavyFindings {
  acknowledged: number
  applied: number
  /** Given up after their retries, which is one of the two ends they may have. */
  dead: number
  open: number
  lost: number
}

/** The store of the heavy events, and the keys of those that were acknowledged. */
export interface HeavyStore {
  storeId: number
  acknowledged: ReadonlySet<string>
}

/**
 * Compares what is stored with what was acknowledged and with the model of each store. `acceptedTwice` are ids that the
 * system confirmed and later took for new. A store of heavy events has no model: its events may end as dead letters, after
 * several attempts, and its products are not compared.
 */
export function judge(
  given: Snapshot,
  acknowledged: ReadonlySet<string>,
  models: ReadonlyMap<number, Model>,
  acceptedTwice: readonly string[],
  heavyStore: HeavyStore | null = null,
): Findings {
  const isHeavy = ({ storeId }: { storeId: number }) => storeId === heavyStore?.storeId
  const snapshot = {
    ...given,
    events: given.events.filter((event) => !isHeavy(event)),
    products: given.products.filter((product) => !isHeavy(product)),
  }
  const rows = Map.groupBy(snapshot.events, (event) => `${event.storeId} ${event.eventId}`)
  const findings: Findings = {
    acknowledged: acknowledged.size,
    stored: [...acknowledged].filter((key) => rows.has(key)).length,
    ended: [...acknowledged].filter((key) => rows.get(key)?.every((event) => event.state !== 'open')).length,
    dead: snapshot.events.filter((event) => event.state === 'dead').length + snapshot.refusedTexts,
    lost: [...acknowledged].filter((key) => !rows.has(key)),
    doubled: acceptedTwice.map((key) => `${key}: accepted as new a second time`),
    mismatches: [],
    vectorsMissing: [],
    leftOver: [],
    heavy: judgeHeavy(given.events.filter(isHeavy), heavyStore?.acknowledged ?? new Set()),
  }
  for (const [key, list] of rows) {
    if (list.length > 1) findings.doubled.push(`${key}: ${list.length} times in the log`)
    // Nothing in the campaign makes an event fail by itself: each is begun and ended once, in one transaction.
    const again = list.filter((event) => event.state === 'ended' && event.attempts !== null && event.attempts !== 1)
    for (const event of again) findings.doubled.push(`${key}: ended after ${event.attempts} attempts`)
  }
  const stored = new Map(snapshot.products.map((product) => [`${product.storeId} ${product.productId}`, product]))
  for (const [storeId, model] of models) {
    for (const [productId, expected] of model) {
      const key = `${storeId} ${productId}`
      judgeProduct(findings, snapshot, key, expected, stored.get(key))
      stored.delete(key)
    }
  }
  for (const key of stored.keys()) findings.mismatches.push(`${key}: a product that no shop sent`)
  return findings
}

function judgeHeavy(events: StoredEvent[], acknowledged: ReadonlySet<string>): HeavyFindings {
  const states = new Map(events.map((event) => [`${event.storeId} ${event.eventId}`, event.state]))
  const count = (state: StoredEvent['state'] | undefined) =>
    [...acknowledged].filter((key) => states.get(key) === state).length
  return {
    acknowledged: acknowledged.size,
    applied: count('ended'),
    dead: count('dead'),
    open: count('open'),
    lost: count(undefined),
  }
}

function judgeProduct(
  findings: Findings,
  snapshot: Snapshot,
  key: string,
  expected: ModelProduct,
  stored: StoredProduct | undefined,
): void {
  if (!stored) {
    if (!expected.deleted || snapshot.keepsTombstones) findings.mismatches.push(`${key}: there is no such product`)
    return
  }
  for (const difference of differencesOf(expected, stored)) findings.mismatches.push(`${key}: ${difference}`)
  const isFoundBy = stored.texts.length > 0 && (!snapshot.searchAsksProduct || stored.isActive)
  if (expected.deleted) {
    if (stored.texts.length > 0) findings.leftOver.push(`${key}: ${stored.texts.length} texts of a deleted product`)
    return
  }
  if (!expected.isActive) {
    if (isFoundBy) findings.leftOver.push(`${key}: a hidden product is found`)
    return
  }
  for (const complaint of vectorComplaints(expected, stored)) findings.vectorsMissing.push(`${key}: ${complaint}`)
  const places = new Set(stored.texts.map((text) => text.position))
  if (places.size < stored.texts.length) findings.doubled.push(`${key}: two texts in one place`)
}

function differencesOf(expected: ModelProduct, stored: StoredProduct): string[] {
  const fields: [string, unknown, unknown][] = [['deleted', expected.deleted, stored.isDeleted]]
  if (stored.version !== null) fields.push(['version', expected.version, stored.version])
  if (expected.deleted) fields.push(['is_active', false, stored.isActive])
  else {
    fields.push(
      ['name', expected.name, stored.name],
      ['description', expected.description, stored.description],
      ['price', expected.price, stored.price],
      ['stock', expected.stock, stored.stock],
      ['is_active', expected.isActive, stored.isActive],
    )
  }
  return fields
    .filter(([, wanted, there]) => wanted !== there)
    .map(([name, wanted, there]) => `${name} is ${JSON.stringify(there)}, expected ${JSON.stringify(wanted)}`)
}

/** Every text has the vector of this very text, and the texts are those of the present description. */
function vectorComplaints(expected: ModelProduct & { deleted: false }, stored: StoredProduct): string[] {
  const complaints = stored.texts
    .filter((text) => text.vector !== 'right')
    .map((text) => `text ${text.position}: vector ${text.vector}`)
  const numbersIn = (text: string) => text.match(/This is text \d+\./g)?.join(' ') ?? ''
  const present = numbersIn(stored.texts.map((text) => text.text).join('\n'))
  if (present !== numbersIn(expected.description)) complaints.push(`its texts are of another version: "${present}"`)
  return complaints
}
