import { reasonIn } from '../../catalog/failure-sentences.ts'
import { type Bind, binder } from '../../platform/db/binder.ts'
import type { Sql, SqlValue } from '../../platform/db/database.ts'
import { EVERY_TENANT } from '../../platform/db/tenant-scope.ts'
import type { List } from '../../platform/http/lists.ts'
import type { Language } from '../../platform/i18n.ts'
import type { Reader } from '../../tenants/authenticate.ts'
import { OUTCOMES, type Replay, type ReplayOutcome } from './dead-letter-schemas.ts'

/** Newest replays that are listed. */
const MAX_REPLAYS = 20

function tenantOf(alias: string, reader: Reader, bind: Bind): string {
  return reader.scope === EVERY_TENANT ? 'true' : `${alias}.tenant_id = ${bind(reader.scope)}::bigint`
}

/**
 * The replayed dead letters that meet a condition on `i`, with their outcomes, as a source `d`. An attempt after the replay that
 * ended as a dead letter is the failure of this replay, whatever a later one did. Texts have no record of attempts: a text that was
 * replayed again failed before. "offset 0" looks each item up by its key: right after a large replay the planner knows nothing of the
 * items, and joined them in another way (7.6 s for 20,000).
 */
function replayedItems(condition: string): string {
  return `(select i.*,
      case when i.kind = 'event' then case
             when e.id is null then 'gone'
             when f.at is not null or e.status = 'dead' then 'failed'
             when e.status = 'superseded' then 'superseded'
             when e.status = 'processed' then 'applied'
             else 'waiting' end
           else case
             when c.id is null then 'gone'
             when again.replay_id is not null or c.embedding_status = 'refused' then 'failed'
             when c.embedding_status = 'stored' then 'applied'
             else 'waiting' end end as outcome,
      case when i.kind = 'event' then coalesce(f.error, case when e.status = 'dead' then e.error end)
           when again.replay_id is null then c.embedding_error end as reason,
      case when i.kind = 'event' then coalesce(f.at, e.processed_at)
           when c.embedding_status <> 'pending' and again.replay_id is null then c.updated_at end as ended_at,
      case when i.kind = 'event' then 'woo_' || e.external_product_id
           else coalesce(p.external_id, 'page_' || n.external_id) end as external_id
     from replay_items i
     join replays r on r.id = i.replay_id and r.tenant_id = i.tenant_id
     left join lateral (
       select * from events where i.kind = 'event' and id = i.item_id and received_at = i.received_at offset 0) e on true
     left join lateral (
       select a.at, a.error from event_attempts a
        where i.kind = 'event' and a.log_id = i.item_id and a.received_at = i.received_at and a.follows = 'dead_letter'
          and a.at > r.asked_at
        order by a.id limit 1) f on true
     left join lateral (
       select * from knowledge_chunks where i.kind = 'embedding' and id = i.item_id offset 0) c on true
     left join products p on p.id = c.product_id
     left join documents n on n.id = c.document_id
     left join lateral (
       select l.replay_id from replay_items l
         join replays later on later.id = l.replay_id and later.tenant_id = l.tenant_id
        where i.kind = 'embedding' and l.item_id = i.item_id and l.kind = i.kind and later.asked_at > r.asked_at
        limit 1) again on true
    where ${condition}) d`
}

/** The newest replays with the number of dead letters of each outcome. */
export async function readReplays(
  sql: Sql,
  reader: Reader,
  { userId, language }: { userId?: string | undefined; language: Language },
): Promise<Replay[]> {
  const values: SqlValue[] = []
  const bind = binder(values)
  const where = [tenantOf('r', reader, bind)]
  if (userId !== undefined) where.push(`r.tenant_id = (select id from tenants where owner_id = ${bind(userId)}::uuid)`)
  const replays = await sql.query<Pick<Replay, 'id' | 'asked_at' | 'asked_by' | 'asked'>>(
    `select r.id, min(r.asked_at) as asked_at, min(r.asked_by) as asked_by, sum(r.asked)::int as asked
       from replays r where ${where.join(' and ')} group by r.id order by 2 desc, r.id limit ${MAX_REPLAYS}`,
    values,
  )
  if (replays.length === 0) return []
  const itemValues: SqlValue[] = [replays.map((replay) => replay.id)]
  const itemBind = binder(itemValues)
  const ofThese = [`i.replay_id = any($1::text[]::uuid[])`, tenantOf('i', reader, itemBind)]
  if (userId !== undefined)
    ofThese.push(`i.tenant_id = (select id from tenants where owner_id = ${itemBind(userId)}::uuid)`)
  const counts = await sql.query<{ id: string; outcome: ReplayOutcome; count: number; reason: string | null }>(
    `select d.replay_id as id, d.outcome, count(*)::int as count, mode() within group (order by d.reason) as reason
       from ${replayedItems(ofThese.join(' and '))} group by d.replay_id, d.outcome`,
    itemValues,
  )
  return replays.map((replay) => {
    const own = counts.filter((row) => row.id === replay.id)
    const of = (outcome: ReplayOutcome) => own.find((row) => row.outcome === outcome)
    const [waiting = 0, applied = 0, superseded = 0, failed = 0, gone = 0] = OUTCOMES.map((name) => of(name)?.count)
    const reason = of('failed')?.reason ?? null
    return {
      ...replay,
      waiting,
      applied,
      superseded,
      failed,
      gone,
      reason: reason === null ? null : reasonIn(language, reason),
    }
  })
}

/** The dead letters of one replay with their outcomes, for `readPage`. */
export function replayItemList(
  reader: Reader,
  { id, outcome }: { id: string; outcome?: ReplayOutcome | undefined },
  values: SqlValue[],
): List {
  const bind = binder(values)
  const own = [`i.replay_id = ${bind(id)}::uuid`, tenantOf('i', reader, bind)].join(' and ')
  const unique = `(d.item_id * 2 + (d.kind = 'event')::int)`
  return {
    columns: `d.kind, d.item_id as id, d.outcome, d.reason, d.ended_at, d.external_id,
              (select json_build_object('id', p.id, 'name', p.name, 'image', p.image) from products p
                where p.store_id = d.store_id and p.external_id = (select d.external_id)) as product,
              (select json_build_object('id', s.id, 'name', s.name) from stores s where s.id = d.store_id) as store`,
    from: replayedItems(own),
    where: [outcome === undefined ? 'true' : `d.outcome = ${bind(outcome)}::text`],
    values,
    sort: { sql: unique, type: 'bigint', descending: false },
    id: unique,
  }
}

/** True when the reader may see a replay with this id. */
export async function hasReplay(sql: Sql, reader: Reader, id: string): Promise<boolean> {
  const values: SqlValue[] = []
  const bind = binder(values)
  const where = [`r.id = ${bind(id)}::uuid`, tenantOf('r', reader, bind)].join(' and ')
  return (await sql.query(`select 1 from replays r where ${where} limit 1`, values)).length > 0
}
