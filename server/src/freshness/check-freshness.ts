import type { FreshnessConfig } from '../platform/config.ts'
import type { Database, Sql } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Stage } from '../platform/runtime/stage-runner.ts'
import { MAX_PRODUCTS, type ShopReader, ShopSilent, type Silence } from './ask-shop.ts'
import { type OfStore, recordVisit, type Tally } from './record-visit.ts'
import { findShopAddress } from './shop-address.ts'

/** The stage's name, for wake-ups. */
export const CHECK_FRESHNESS_STAGE = 'check-freshness'

/** Visits in progress in a process; each waits most of its time for a shop. */
const MAX_VISITS = 8
/** A process that ends in the middle of a visit loses its claim after this time. */
const CLAIM_S = 300
/** Requests to one shop in an hour: a sample has 2 or 3, a second look 2. */
const MAX_REQUESTS_PER_HOUR = 20
/** Requests that one visit can need: robots.txt, both kinds of addresses, hidden products. */
const REQUESTS_OF_A_VISIT = 4
/** A shop that refuses, or does not answer, is asked again after this time, doubled with each failure. */
const FIRST_BACKOFF_S = 3_600
const MAX_BACKOFF_S = 86_400
/** Wrong products that each sample looks at again, to see whether they still are; and suspected ones in one visit. */
const MAX_AGAIN = 20
/** One product in so many is sampled from those that are held back. */
const HELD_BACK_SHARE = 5

interface Parts {
  db: Database
  log: Log
  metrics: Metrics
  reader: ShopReader
  /** `isOn` and `sampleSize` may change while the server runs. */
  settings: Pick<FreshnessConfig, 'isOn' | 'sampleSize' | 'lookIntervalS'>
}

interface Claim extends OfStore {
  site: string
  isSampleDue: boolean
  failures: number
  /** Requests of the present hour so far. */
  requests: number
}

type Outcome = 'compared' | Silence

/**
 * Compares a random sample of each live store's products with its shop, every hour. Each store has its own time in the hour, and its own
 * claim, so that one process at a time visits a shop. Visits run beside the turns: a slow shop delays no other. No transaction is open
 * while a shop is asked.
 */
export function checkFreshnessStage({ db, log, metrics, reader, settings }: Parts): Stage {
  const stopped = new AbortController()
  const visits = new Set<Promise<void>>()
  const answers = metrics.counter(
    'fiko_freshness_answers_total',
    'Sampled answers that were compared with the shop, by result',
    ['result'],
  )
  const visited = metrics.counter('fiko_freshness_visits_total', 'Visits of shops that compare answers, by outcome', [
    'outcome',
  ])
  return {
    name: CHECK_FRESHNESS_STAGE,
    abort: () => stopped.abort(),
    drain: async () => {
      await Promise.all(visits)
    },
    takeTurn: async () => {
      if (!settings.isOn) return { nextAt: null }
      await addSchedules(db.service)
      const claims = stopped.signal.aborted ? [] : await claimDue(db.service, MAX_VISITS - visits.size)
      for (const claim of claims) {
        const visit: Promise<void> = visitStore(claim)
          .catch((error: unknown) => log.warn({ storeId: claim.storeId, error: String(error) }, 'freshness.failed'))
          .finally(() => void visits.delete(visit))
        visits.add(visit)
      }
      return { nextAt: claims.length === MAX_VISITS ? performance.now() + 1_000 : null }
    },
  }

  async function visitStore(claim: Claim): Promise<void> {
    const sql = db.forTenant(claim.tenantId)
    let requests = 0
    let tally: Tally = { correct: 0, wrong: 0 }
    let outcome: Outcome = 'compared'
    let detail: string | null = null
    let retryAfterS = 0
    try {
      if (claim.requests + REQUESTS_OF_A_VISIT > MAX_REQUESTS_PER_HOUR)
        return await postpone(sql, claim.storeId, `hour_began_at + interval '1 hour'`)
      const chosen = await chooseProducts(sql, claim, settings.sampleSize)
      const ids = [...new Set([...chosen.suspected, ...chosen.wrong, ...chosen.sampled])].slice(0, MAX_PRODUCTS)
      // The difference of a second look was erased with its product.
      if (ids.length === 0 && !claim.isSampleDue) return await postpone(sql, claim.storeId, 'sample_at')
      if (ids.length === 0) throw new ShopSilent('no_products', 'the store has no products')
      const address = await findShopAddress(sql, claim)
      if (address === null) throw new ShopSilent('no_address', 'no address of the shop is proven')
      const count = () => {
        requests += 1
      }
      const theirs = await reader.ask(address, ids, count, stopped.signal)
      const asked = new Set(ids)
      const among = (some: number[]) => some.filter((id) => asked.has(id))
      tally = await sql.transaction((tx) =>
        recordVisit(tx, {
          store: claim,
          sampled: among(chosen.sampled),
          suspected: among(chosen.suspected),
          wrong: among(chosen.wrong),
          theirs,
          lookIntervalS: settings.lookIntervalS,
        }),
      )
    } catch (error) {
      // The claim ends by itself, and the next process continues.
      if (stopped.signal.aborted) return
      if (!(error instanceof ShopSilent)) throw error
      outcome = error.silence
      detail = error.message.slice(0, 200)
      retryAfterS = error.retryAfterS
    }
    await finishVisit(sql, claim, { outcome, detail, requests, retryAfterS })
    answers.inc({ result: 'right' }, tally.correct)
    answers.inc({ result: 'wrong' }, tally.wrong)
    visited.inc({ outcome })
    log.info({ storeId: claim.storeId, outcome, detail, requests, ...tally }, 'freshness.visited')
  }
}

/** Gives every live store a time in the hour. */
async function addSchedules(sql: Sql): Promise<void> {
  await sql.query(
    `insert into freshness_schedules (store_id, tenant_id, sample_at, visit_at)
     select s.id, s.tenant_id, first.at, first.at
       from (select id, tenant_id from stores
              where deleted_at is null and platform = 'woocommerce' and environment = 'live'
                and not exists (select 1 from freshness_schedules f where f.store_id = stores.id)) s
      cross join lateral (select now() + random() * interval '1 hour' as at where s.id is not null) first
     on conflict do nothing`,
  )
}

/**
 * Claims stores whose visit is due. A time that is further ahead than the longest wait was written before the clock was set back, and is
 * due as well.
 */
async function claimDue(sql: Sql, limit: number): Promise<Claim[]> {
  if (limit <= 0) return []
  return await sql.query<Claim>(
    `with due as (
       select f.store_id, s.site from freshness_schedules f
         join stores s on s.id = f.store_id join tenants n on n.id = s.tenant_id
        where f.is_on and (f.visit_at <= now() or f.visit_at > now() + interval '${2 * MAX_BACKOFF_S} s')
          and s.deleted_at is null and s.environment = 'live' and n.erasing_since is null
        order by f.visit_at limit $1 for update of f skip locked
     )
     update freshness_schedules f
        set visit_at = now() + interval '${CLAIM_S} s',
            hour_requests = case when ${HOUR_IS_OVER} then 0 else f.hour_requests end,
            hour_began_at = case when ${HOUR_IS_OVER} then now() else f.hour_began_at end
       from due where f.store_id = due.store_id
     returning f.store_id as "storeId", f.tenant_id as "tenantId", due.site, f.failures, f.hour_requests as requests,
       f.sample_at <= now() or f.sample_at > now() + interval '${2 * MAX_BACKOFF_S} s' as "isSampleDue"`,
    [limit],
  )
}

const HOUR_IS_OVER = `(f.hour_began_at < now() - interval '1 hour' or f.hour_began_at > now())`

interface Chosen {
  sampled: number[]
  suspected: number[]
  wrong: number[]
}

async function chooseProducts(
  sql: Sql,
  { tenantId, storeId, isSampleDue }: Claim,
  sampleSize: number,
): Promise<Chosen> {
  const idsOf = async (text: string, limit: number) =>
    (await sql.query<{ id: number }>(text, [tenantId, storeId, limit])).map(({ id }) => id)
  const suspected = await idsOf(
    `select external_product_id as id from freshness_findings
      where tenant_id = $1 and store_id = $2 and settled_at is null and look_at <= now()
      group by external_product_id order by min(look_at) limit $3`,
    MAX_AGAIN,
  )
  if (!isSampleDue) return { suspected, wrong: [], sampled: [] }
  const wrong = await idsOf(
    `select external_product_id as id from freshness_findings
      where tenant_id = $1 and store_id = $2 and settled_at is null and confirmed_at is not null
      group by external_product_id order by max(id) desc limit $3`,
    MAX_AGAIN,
  )
  const heldBack = await idsOf(random('not p.is_active'), Math.floor(sampleSize / HELD_BACK_SHARE))
  const shown = await idsOf(random('p.is_active'), sampleSize - heldBack.length)
  return { suspected, wrong, sampled: [...shown, ...heldBack] }
}

/** SQL: products in random order. A product that is suspected already is decided by its own next look. */
function random(condition: string): string {
  return `select p.external_product_id as id from products p
    where p.tenant_id = $1 and p.store_id = $2 and ${condition} and p.external_product_id is not null
      and not exists (select 1 from freshness_findings f where f.store_id = $2 and f.external_product_id = p.external_product_id
                         and f.settled_at is null and f.confirmed_at is null)
    order by random() limit $3`
}

interface Finished {
  outcome: Outcome
  detail: string | null
  requests: number
  retryAfterS: number
}

/** Plans the next visit: the next sample or the next look, or after a failure a later time. */
async function finishVisit(sql: Sql, { storeId, isSampleDue, failures }: Claim, finished: Finished): Promise<void> {
  const { outcome, detail, requests, retryAfterS } = finished
  // A store without products or a proven address is not asked, so there is no shop to spare.
  const hasFailed = outcome !== 'compared' && outcome !== 'no_products' && outcome !== 'no_address'
  const backoffS = Math.min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2 ** Math.min(failures, 10))
  await sql.query(
    `update freshness_schedules f
        set failures = $2, last_visit_at = now(), last_outcome = $3, last_detail = $4, hour_requests = f.hour_requests + $5,
            sample_at = next.sample_at,
            visit_at = case when $6::boolean then next.sample_at
              else least(next.sample_at, (select min(look_at) from freshness_findings l where l.store_id = f.store_id)) end
       from (select case when $6::boolean then now() + make_interval(secs => $7)
                         when $8::boolean then now() + interval '1 hour' else s.sample_at end as sample_at
               from freshness_schedules s where s.store_id = $1) next
      where f.store_id = $1`,
    [
      storeId,
      hasFailed ? failures + 1 : 0,
      outcome,
      detail,
      requests,
      hasFailed,
      Math.max(backoffS, retryAfterS),
      isSampleDue,
    ],
  )
}

/** Moves the visit to this SQL time, without having asked the shop. */
async function postpone(sql: Sql, storeId: number, at: string): Promise<void> {
  await sql.query(`update freshness_schedules set visit_at = ${at} where store_id = $1`, [storeId])
}
