import { setTimeout as delay } from 'node:timers/promises'
import type { TorobConfig } from '../../platform/config.ts'
import type { Database } from '../../platform/db/database.ts'
import type { Log } from '../../platform/log.ts'
import type { Stage } from '../../platform/runtime/stage-runner.ts'

/** Items of one request, as Torob's guide fixes it. */
const MAX_ITEMS = 100
/** Interval between two requests of a shop: Torob takes 20 a minute. */
const REQUEST_INTERVAL_S = 3
/** A process that ends in the middle of a request loses its claim after this time. */
const CLAIM_S = 60
const REQUEST_TIMEOUT_MS = 15_000
const MAX_BACKOFF_S = 600
/** Torob refuses the token: its owner must act. */
const REFUSED_PAUSE_S = 600
/**
 * Age after which a written product is announced. A transaction commits rows with the time of its beginning; all transactions that
 * began earlier than this have ended, so the cursor passes no row that appears later.
 */
const SETTLED_S = 15

interface Parts {
  db: Database
  log: Log
  torob: TorobConfig
}

interface Claim {
  feedId: number
  tenantId: number
  storeId: number
  site: string
  until: string | null
  productId: number | null
  failures: number
}

interface Changed {
  id: number
  externalId: string
  permalink: string
  updatedAt: string
  variants: number[]
}

/**
 * Announces changed products to Torob's webhook: also hidden and deleted ones, which Torob then asks for and does not find. The cursor
 * is a column of the store's newest feed of kind `torob`, so a restart continues where it was; an item may be announced twice. Runs
 * beside the pipeline: no event waits for it. It has no work for stores without a token in `TOROB_WEBHOOK_TOKENS`.
 */
export function announceChangesStage({ db, log, torob }: Parts): Stage {
  const { webhookTokens, webhookUrl } = torob
  const stopped = new AbortController()
  const stores = [...webhookTokens.keys()]
  return {
    name: 'announce-changes',
    abort: () => stopped.abort(),
    takeTurn: async () => {
      for (const storeId of stores) {
        if (stopped.signal.aborted) break
        const claim = await claimStore(db, storeId)
        if (claim) await announce(claim, webhookTokens.get(storeId) ?? '')
      }
      return { nextAt: performance.now() + 1_000 * REQUEST_INTERVAL_S }
    },
  }

  async function announce(claim: Claim, token: string): Promise<void> {
    const changed = await readChanged(db, claim)
    const last = changed.at(-1)
    if (last === undefined) return await finish(db, claim, null, 0)
    const items = itemsOf(changed, claim.site)
    for (let from = 0; from < items.length; from += MAX_ITEMS) {
      const answer = await send(webhookUrl, token, items.slice(from, from + MAX_ITEMS), stopped.signal)
      if (answer.kind === 'sent') {
        // A product with more variants than one request holds: the next request waits its time.
        if (from + MAX_ITEMS < items.length) await wait(REQUEST_INTERVAL_S, stopped.signal)
        continue
      }
      log.warn({ storeId: claim.storeId, reason: answer.reason, failures: claim.failures + 1 }, 'torob.not_announced')
      // A request that Torob finds invalid would be invalid again: its products are left to Torob's own visits.
      if (answer.kind === 'invalid') continue
      return await postpone(db, claim, answer.afterS ?? backoffS(claim.failures))
    }
    await finish(db, claim, last, REQUEST_INTERVAL_S)
    log.debug({ storeId: claim.storeId, items: items.length }, 'torob.announced')
  }
}

/** Claims the store's feed for one request, so that two processes keep the rate together. Null: nothing is due. */
async function claimStore(db: Database, storeId: number): Promise<Claim | null> {
  const [claim] = await db.service.query<Claim>(
    `with due as (
       select f.id, f.tenant_id from feeds f join stores s on s.id = f.store_id
         left join catalog_revisions r on r.store_id = f.store_id
        where f.store_id = $1 and f.kind = 'torob' and f.revoked_at is null and s.deleted_at is null
          and (f.announced_until is null or f.announced_revision is distinct from r.revision)
        order by f.id desc limit 1
     )
     update feeds f set announce_after = now() + interval '${CLAIM_S} s'
       from due, stores s where f.id = due.id and f.tenant_id = due.tenant_id and f.announce_after <= now() and s.id = f.store_id
     returning f.id as "feedId", f.tenant_id as "tenantId", f.store_id as "storeId", s.site, f.announced_until::text as until,
       f.announced_id as "productId", f.announce_failures as failures`,
    [storeId],
  )
  return claim ?? null
}

/** The next changed products, as many as fill one request; the first one always. */
async function readChanged(db: Database, { tenantId, storeId, until, productId }: Claim): Promise<Changed[]> {
  // Nothing before the first turn is announced: Torob reads the whole catalogue by itself.
  if (until === null) return []
  return await db
    .inBackground()
    .forTenant(tenantId)
    .query<Changed>(
      `with next as (
       select id, external_id, permalink, updated_at, greatest(variant_count, 1) as items from products
        where tenant_id = $1 and store_id = $2 and (updated_at, id) > ($3::timestamptz, $4::bigint)
          and updated_at < now() - interval '${SETTLED_S} s'
        order by updated_at, id limit ${MAX_ITEMS}
     ), counted as (select *, sum(items) over (order by updated_at, id) as total from next)
     select c.id, c.external_id as "externalId", c.permalink, c.updated_at::text as "updatedAt",
            array(select v.external_id from product_variants v where v.tenant_id = $1 and v.product_id = c.id order by v.position) as variants
       from counted c where total <= ${MAX_ITEMS} or total = items order by c.updated_at, c.id`,
      [tenantId, storeId, until, productId ?? 0],
    )
}

interface Item {
  page_url: string
  page_unique: string
}

/** Torob takes addresses of one host in a request: that of the shop. */
function itemsOf(changed: Changed[], site: string): Item[] {
  const host = URL.parse(site)?.host
  return changed
    .filter(({ permalink }) => host !== undefined && URL.parse(permalink)?.host === host)
    .flatMap(({ externalId, permalink, variants }) => {
      const id = externalId.replace(/^woo_/, '')
      const uniques = variants.length === 0 ? [id] : variants.map((variant) => `${id}_${variant}`)
      return uniques.map((unique) => ({ page_url: permalink, page_unique: unique }))
    })
}

type Answer =
  | { kind: 'sent' }
  | { kind: 'invalid'; reason: string }
  | { kind: 'later'; reason: string; afterS?: number }

async function send(url: string, token: string, items: Item[], signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ items }),
      // A redirected request would carry the token elsewhere.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    })
    await response.body?.cancel()
    const { status } = response
    const reason = `HTTP ${status}`
    if (status >= 200 && status < 300) return { kind: 'sent' }
    if (status === 400 || status === 413 || status === 422) return { kind: 'invalid', reason }
    if (status === 401 || status === 403) return { kind: 'later', reason, afterS: REFUSED_PAUSE_S }
    const after = Number(response.headers.get('retry-after') ?? Number.NaN)
    return after > 0 ? { kind: 'later', reason, afterS: Math.min(Math.ceil(after), 86_400) } : { kind: 'later', reason }
  } catch (error) {
    return { kind: 'later', reason: String(error) }
  }
}

function backoffS(failures: number): number {
  return Math.min(MAX_BACKOFF_S, REQUEST_INTERVAL_S * 2 ** Math.min(failures, 10))
}

/**
 * Moves the cursor behind the last announced product. Without one the whole catalogue is announced, as far as its last change is
 * settled: then the store has no work until its next revision.
 */
async function finish(db: Database, claim: Claim, last: Changed | null, afterS: number): Promise<void> {
  const { tenantId, feedId } = claim
  await db.forTenant(tenantId).query(
    `update feeds f set announced_until = coalesce($3::timestamptz, announced_until, now()),
            announced_id = coalesce($4::bigint, announced_id, 0), announce_failures = 0,
            announce_after = now() + make_interval(secs => $5),
            announced_revision = case when $3::text is null
              then coalesce((select r.revision from catalog_revisions r where r.tenant_id = f.tenant_id and r.store_id = f.store_id
                               and r.changed_at < now() - interval '${2 * SETTLED_S} s'), announced_revision)
              else announced_revision end
      where tenant_id = $1 and id = $2`,
    [tenantId, feedId, last?.updatedAt ?? null, last?.id ?? null, afterS],
  )
}

async function postpone(db: Database, { tenantId, feedId }: Claim, afterS: number): Promise<void> {
  await db.forTenant(tenantId).query(
    `update feeds set announce_failures = announce_failures + 1, announce_after = now() + make_interval(secs => $3)
      where tenant_id = $1 and id = $2`,
    [tenantId, feedId, afterS],
  )
}

async function wait(seconds: number, signal: AbortSignal): Promise<void> {
  await delay(1_000 * seconds, undefined, { signal }).catch(() => undefined)
}
