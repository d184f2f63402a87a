import { externalIdOf } from '../catalog/products/product-store.ts'
import type { Sql } from '../platform/db/database.ts'
import { compareAnswers, type Difference, type Field, type OurAnswer, type ShopAnswer } from './compare-answers.ts'

/** Looks at a difference while an event of its product waits. After the last one our answer counts as wrong, whatever waits. */
const MAX_LOOKS = 3

/**
 * Reasons of the plugin for a deletion that the shop's public API can contradict. Other reasons (kept from the AI, a type that is not sent,
 * a password) do not hide a product from the public API; an older plugin gives none.
 */
const CHECKABLE_REASONS = ['deleted', 'not_published', 'hidden']

export interface OfStore {
  tenantId: number
  storeId: number
}

/** Our present answers about these products; products that were never received are absent. */
export async function readOurAnswers(sql: Sql, { tenantId, storeId }: OfStore, ids: number[]): Promise<OurAnswer[]> {
  return await sql.query<OurAnswer>(
    `select p.external_product_id as id, p.type, p.is_active as "isShown", p.price, p.currency, p.in_stock as "inStock",
            p.stock_quantity::float8 as quantity,
            case when p.is_active then false when p.deleted_at is null then p.password_protected
                 else coalesce((select e.payload -> 'product' ->> 'reason' from events e
                                 where e.tenant_id = $1 and e.store_id = $2 and e.external_product_id = p.external_product_id
                                 order by e.version desc limit 1), '') <> all($4::text[]) end as "isKeptBack"
       from products p where p.tenant_id = $1 and p.store_id = $2 and p.external_id = any($3::text[])`,
    [tenantId, storeId, ids.map(externalIdOf), CHECKABLE_REASONS],
  )
}

export interface Visit {
  store: OfStore
  /** Chosen at random. Only they count for the figure. */
  sampled: number[]
  /** Suspected products whose next look is due. */
  suspected: number[]
  /** Wrong products, to see whether they still are. */
  wrong: number[]
  theirs: ShopAnswer[]
  /** Time between two looks at a difference. */
  lookIntervalS: number
}

/** Decided answers of a visit, for `/metrics`. */
export interface Tally {
  correct: number
  wrong: number
}

interface Finding {
  id: number
  productId: number
  field: Field
  checkId: number | null
  looks: number
  isConfirmed: boolean
}

/**
 * Writes the results of a visit. A new difference is only suspected. It counts as wrong if a later look finds it again, and as right if
 * an event has settled it by then. Runs in one transaction, after the shop's answer has come.
 */
export async function recordVisit(
  tx: Sql,
  { store, sampled, suspected, wrong, theirs, lookIntervalS }: Visit,
): Promise<Tally> {
  const tally: Tally = { correct: 0, wrong: 0 }
  // A store that was deleted during the visit keeps no rows.
  const [live] = await tx.query(
    'select 1 from stores where tenant_id = $1 and id = $2 and deleted_at is null for key share',
    [store.tenantId, store.storeId],
  )
  if (!live) return tally
  const ids = [...new Set([...sampled, ...suspected, ...wrong])]
  const ours = new Map((await readOurAnswers(tx, store, ids)).map((answer) => [answer.id, answer]))
  const shops = new Map(theirs.map((answer) => [answer.id, answer]))
  const open = Map.groupBy(await readOpen(tx, store, ids), ({ productId }) => productId)
  const waiting = await withOpenEvents(tx, store, ids)
  const inSample = new Set(sampled)
  const counted = { sampled: 0, correct: 0, wrong: 0 }
  const found: { productId: number; differences: Difference[] }[] = []
  for (const id of ids) {
    const our = ours.get(id)
    // Erased meanwhile.
    if (!our) continue
    const their = shops.get(id) ?? null
    const differences = compareAnswers(our, their)
    const findings = open.get(id) ?? []
    const isCounted = inSample.has(id) && !(isUnknown(our) && their !== null && !their.isHidden)
    if (isCounted) counted.sampled += 1
    if (findings.some(({ isConfirmed }) => isConfirmed)) {
      await renew(tx, store, id, findings, differences)
      if (isCounted) counted[differences.length === 0 ? 'correct' : 'wrong'] += 1
    } else if (findings.length > 0) {
      await lookAgain(tx, store, id, findings, differences, {
        hasOpenEvent: waiting.has(id),
        lookIntervalS,
        tally,
      })
    } else if (inSample.has(id)) {
      if (differences.length > 0) found.push({ productId: id, differences })
      else if (isCounted) counted.correct += 1
    }
  }
  const checkId = counted.sampled === 0 ? null : await addCheck(tx, store, counted)
  for (const { productId, differences } of found)
    await suspect(tx, store, { checkId, productId, differences, lookIntervalS })
  return { correct: tally.correct + counted.correct, wrong: tally.wrong + counted.wrong }
}

/** The shop may keep such a product from the AI on purpose: its presence in the shop says nothing. */
const isUnknown = (our: OurAnswer) => !our.isShown && our.isKeptBack

async function readOpen(tx: Sql, { tenantId, storeId }: OfStore, ids: number[]): Promise<Finding[]> {
  return await tx.query<Finding>(
    `select id, external_product_id as "productId", field, check_id as "checkId", looks, confirmed_at is not null as "isConfirmed"
       from freshness_findings
      where tenant_id = $1 and store_id = $2 and settled_at is null and external_product_id = any($3::bigint[]) for update`,
    [tenantId, storeId, ids],
  )
}

/** Products with an event that is received and not applied. */
async function withOpenEvents(tx: Sql, { tenantId, storeId }: OfStore, ids: number[]): Promise<Set<number>> {
  const rows = await tx.query<{ id: number }>(
    `select distinct external_product_id as id from events
      where tenant_id = $1 and store_id = $2 and status in ('received', 'retrying') and external_product_id = any($3::bigint[])`,
    [tenantId, storeId, ids],
  )
  return new Set(rows.map(({ id }) => id))
}

async function addCheck(
  tx: Sql,
  { tenantId, storeId }: OfStore,
  counted: { sampled: number; correct: number; wrong: number },
): Promise<number | null> {
  const [row] = await tx.query<{ id: number }>(
    'insert into freshness_checks (tenant_id, store_id, sampled, correct, wrong) values ($1, $2, $3, $4, $5) returning id',
    [tenantId, storeId, counted.sampled, counted.correct, counted.wrong],
  )
  return row?.id ?? null
}

async function suspect(
  tx: Sql,
  { tenantId, storeId }: OfStore,
  found: { checkId: number | null; productId: number; differences: Difference[]; lookIntervalS: number },
): Promise<void> {
  await tx.query(
    `insert into freshness_findings (tenant_id, store_id, check_id, external_product_id, look_at, field, ours, theirs)
     select $1, $2, $3, $4, now() + make_interval(secs => $5), d.* from unnest($6::text[], $7::text[], $8::text[]) d
     on conflict do nothing`,
    [tenantId, storeId, found.checkId, found.productId, found.lookIntervalS, ...columnsOf(found.differences)],
  )
}

/** The second or a later look at a suspected product: it is settled, looked at once more, or wrong. */
async function lookAgain(
  tx: Sql,
  store: OfStore,
  productId: number,
  findings: Finding[],
  differences: Difference[],
  { hasOpenEvent, lookIntervalS, tally }: { hasOpenEvent: boolean; lookIntervalS: number; tally: Tally },
): Promise<void> {
  const looks = Math.max(...findings.map((finding) => finding.looks))
  const checkId = findings.find((finding) => finding.checkId !== null)?.checkId ?? null
  if (differences.length === 0) {
    await settle(tx, findings)
    await decide(tx, checkId, 'correct')
    tally.correct += 1
  } else if (hasOpenEvent && looks < MAX_LOOKS) {
    await tx.query(
      `update freshness_findings set looks = looks + 1, look_at = now() + make_interval(secs => $2) where id = any($1::bigint[])`,
      [findings.map(({ id }) => id), lookIntervalS],
    )
  } else {
    await renew(tx, store, productId, findings, differences)
    await decide(tx, checkId, 'wrong')
    tally.wrong += 1
  }
}

async function decide(tx: Sql, checkId: number | null, as: 'correct' | 'wrong'): Promise<void> {
  if (checkId === null) return
  const change = as === 'correct' ? 'correct = correct + 1, late = late + 1' : 'wrong = wrong + 1'
  await tx.query(`update freshness_checks set ${change} where id = $1`, [checkId])
}

/** Confirms the present differences of a product, and settles those that are gone. */
async function renew(
  tx: Sql,
  { tenantId, storeId }: OfStore,
  productId: number,
  findings: Finding[],
  differences: Difference[],
): Promise<void> {
  const fields = new Set(differences.map(({ field }) => field))
  await settle(
    tx,
    findings.filter(({ field }) => !fields.has(field)),
  )
  if (differences.length === 0) return
  await tx.query(
    `insert into freshness_findings (tenant_id, store_id, external_product_id, field, ours, theirs, confirmed_at)
     select $1, $2, $3, d.*, now() from unnest($4::text[], $5::text[], $6::text[]) d
     on conflict (store_id, external_product_id, field) where settled_at is null
     do update set ours = excluded.ours, theirs = excluded.theirs, look_at = null, looks = freshness_findings.looks + 1,
       confirmed_at = coalesce(freshness_findings.confirmed_at, now())`,
    [tenantId, storeId, productId, ...columnsOf(differences)],
  )
}

async function settle(tx: Sql, findings: Finding[]): Promise<void> {
  if (findings.length === 0) return
  await tx.query('update freshness_findings set settled_at = now(), look_at = null where id = any($1::bigint[])', [
    findings.map(({ id }) => id),
  ])
}

/** Longest value that a column takes; a price of 10^15 with its currency has 30 characters. */
const MAX_VALUE = 100

function columnsOf(differences: Difference[]): [fields: string[], ours: (string | null)[], theirs: (string | null)[]] {
  const short = (value: string | null) => value?.slice(0, MAX_VALUE) ?? null
  return [
    differences.map(({ field }) => field),
    differences.map(({ ours }) => short(ours)),
    differences.map(({ theirs }) => short(theirs)),
  ]
}
