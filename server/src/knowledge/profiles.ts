import { type Static, Type } from 'typebox'
import type { Condition } from '../platform/db/binder.ts'
import { type Access, type Database, JOIN_AS_WRITTEN, type Sql } from '../platform/db/database.ts'
import { deleteByBlocks } from '../platform/db/delete-in-pages.ts'
import { component, oneOf } from '../platform/http/contract.ts'
import type { Log } from '../platform/log.ts'
import { inBatches } from '../platform/runtime/in-batches.ts'
import { isPaused, resumeEmbedding } from './cost/budgets.ts'
import type { EmbeddingProfile } from './provider/embedder.ts'

/** An arbitrary constant that no other advisory lock uses. Held alone to change states, and shared to store vectors. */
export const PROFILE_LOCK = 7_105_112_114

/** Retention of the vectors of a replaced profile, so that switching back costs nothing. */
export const RETIRED_RETENTION_DAYS = 14

export interface StoredProfile extends EmbeddingProfile {
  id: number
  state: 'active' | 'building' | 'retired'
}

const PROFILE = `select id, provider, url, model, dimensions, query_prefix as "queryPrefix",
  passage_prefix as "passagePrefix", state from embedding_profiles`

/**
 * Makes the configured profile the target of embedding and returns its id. If another profile is active and texts exist, the new
 * one is *built* in the background, and search uses the active one until every text has its new vector. Configuring the old profile
 * again undoes this: its vectors are kept.
 */
export async function targetProfile(db: Database, wanted: EmbeddingProfile, log: Log): Promise<number> {
  const profileId = await db.service.transaction((tx) => makeTarget(tx, wanted, log))
  await markTexts(db, profileId)
  return profileId
}

/** As `targetProfile`, in the transaction of the caller; `markTexts` must follow. */
export async function makeTarget(tx: Sql, wanted: EmbeddingProfile, log: Log): Promise<number> {
  await tx.query(`select pg_advisory_xact_lock(${PROFILE_LOCK})`)
  const profile = await findOrMake(tx, wanted)
  const current = await readTarget(tx)
  if (current?.id === profile.id) return profile.id
  const [hasTexts] = await tx.query('select 1 from knowledge_chunks limit 1')
  await tx.query(`update embedding_profiles set state = 'retired', retired_at = now() where state = 'building'`)
  if (profile.state !== 'active') {
    const state = hasTexts ? 'building' : 'active'
    if (state === 'active') await retireActive(tx)
    await tx.query('update embedding_profiles set state = $2, retired_at = null where id = $1', [profile.id, state])
  }
  // Marking starts from the beginning for this profile and ends for all others.
  await tx.query('update embedding_profiles set marked_to = case when id = $1 then 0 end', [profile.id])
  // A budget that was reached with the other model may allow this one.
  await resumeEmbedding(tx)
  log.info({ profile: profile.id, provider: wanted.provider, model: wanted.model }, 'profile.targeted')
  return profile.id
}

async function findOrMake(tx: Sql, wanted: EmbeddingProfile): Promise<StoredProfile> {
  const values = [
    wanted.provider,
    wanted.url,
    wanted.model,
    wanted.dimensions,
    wanted.queryPrefix,
    wanted.passagePrefix,
  ]
  await tx.query(
    `insert into embedding_profiles (provider, url, model, dimensions, query_prefix, passage_prefix)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    values,
  )
  const [profile] = await tx.query<StoredProfile>(
    `${PROFILE} where provider = $1 and url = $2 and model = $3 and dimensions = $4 and query_prefix = $5 and passage_prefix = $6`,
    values,
  )
  if (!profile) throw new Error('a new embedding profile was not found')
  return profile
}

async function retireActive(tx: Sql): Promise<void> {
  await tx.query(`update embedding_profiles set state = 'retired', retired_at = now() where state = 'active'`)
}

/**
 * Marks every text as pending that has no vector of the profile, and all others as stored. Each batch records its progress: an
 * interrupted start continues there, and several servers that start at once share the work.
 */
export async function markTexts(db: Database, profileId: number): Promise<void> {
  const hasVector = `exists (select 1 from chunk_embeddings e
    where e.chunk_id = c.id and e.profile_id = $1 and e.text_hash = c.text_hash)`
  await inBatches((limit) =>
    db.service.transaction(async (tx) => {
      const [profile] = await tx.query<{ markedTo: number }>(
        `select marked_to as "markedTo" from embedding_profiles where id = $1 and marked_to is not null for no key update`,
        [profileId],
      )
      if (!profile) return 0
      const [page] = await tx.query<{ count: number; last: number | null }>(
        `with page as (
           select id from knowledge_chunks where id > $2 order by id limit $3
         ), marked as (
           update knowledge_chunks c set embedding_status = case when ${hasVector} then 'stored' else 'pending' end,
                  embedding_error = null, leased_until = null, priority = case when ${hasVector} then priority else 1 end
             from page where c.id = page.id
         )
         select count(*)::int as count, max(id) as last from page`,
        [profileId, profile.markedTo, limit],
      )
      await tx.query('update embedding_profiles set marked_to = $2 where id = $1', [profileId, page?.last ?? null])
      return page?.count ?? 0
    }),
  )
}

/** The profile that gets the vectors of new texts: the one that is being built, otherwise the active one. */
export async function readTarget(sql: Sql): Promise<StoredProfile | null> {
  const [profile] = await sql.query<StoredProfile>(
    `${PROFILE} where state in ('building', 'active') order by state desc limit 1`,
  )
  return profile ?? null
}

/** The profile that an admin has chosen; null: the environment decides. */
export async function chosenProfile(sql: Sql): Promise<StoredProfile | null> {
  const [profile] = await sql.query<StoredProfile>(`${PROFILE} where is_chosen`)
  return profile ?? null
}

/** Makes this profile the choice of the admin; null returns the decision to the environment. */
export async function choose(tx: Sql, profileId: number | null): Promise<void> {
  await tx.query('update embedding_profiles set is_chosen = false where is_chosen and id is distinct from $1', [
    profileId,
  ])
  await tx.query('update embedding_profiles set is_chosen = true where id = $1', [profileId])
}

/**
 * The profile before the present one, to which an admin can return: the active one while another is being built, otherwise the one
 * that was replaced last, as long as its vectors are kept.
 */
export async function previousProfile(sql: Sql): Promise<StoredProfile | null> {
  const [profile] = await sql.query<StoredProfile>(
    `${PROFILE} where state = 'active' and exists (select 1 from embedding_profiles where state = 'building')
        or (state = 'retired' and retired_at > now() - interval '${RETIRED_RETENTION_DAYS} days'
            and not exists (select 1 from embedding_profiles where state = 'building'))
      order by state, retired_at desc nulls last limit 1`,
  )
  return profile ?? null
}

/** The profile that search uses, or null before the first start has finished. */
export async function activeProfile(sql: Sql): Promise<StoredProfile | null> {
  const [profile] = await sql.query<StoredProfile>(`${PROFILE} where state = 'active'`)
  return profile ?? null
}

/**
 * Activates the profile that is being built when no text waits for it; texts of tenants whose budget is reached do not count, because
 * they may wait for weeks. Called when there is nothing
 * to embed.
 */
export async function finishBuild(db: Database, log: Log): Promise<boolean> {
  const [building] = await db.service.query<StoredProfile>(`${PROFILE} where state = 'building' and marked_to is null`)
  if (!building) return false
  const done = await db.service.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(${PROFILE_LOCK})`)
    const [waiting] = await tx.query(
      `select 1 from knowledge_chunks c left join products p on p.id = c.product_id
        where c.embedding_status = 'pending' and (p.is_active or c.document_id is not null)
          and not ${isPaused('c.tenant_id')} limit 1`,
    )
    if (waiting) return false
    await retireActive(tx)
    const rows = await tx.query(
      `update embedding_profiles set state = 'active', retired_at = null where id = $1 and state = 'building' returning id`,
      [building.id],
    )
    return rows.length > 0
  })
  if (done) log.info({ profile: building.id, model: building.model }, 'profile.activated')
  return done
}

/**
 * Embeds every text of one store or of all stores again, in the background; existing vectors stay in use meanwhile. Returns the
 * number of texts. Works in batches: an interrupted call leaves the remaining texts unchanged and can be repeated.
 */
export async function reindex(db: Database, storeId: number | null): Promise<number> {
  const [clock] = await db.service.query<{ now: string }>('select now()::text as now')
  let after = 0
  return await inBatches((limit) =>
    db.service.transaction(async (tx) => {
      const page = await tx.query<{ id: number; tenantId: number; textHash: string }>(
        storeId === null
          ? `select id, tenant_id as "tenantId", text_hash as "textHash" from knowledge_chunks
              where id > $1 and $2::bigint is null order by id limit $3`
          : `select id, tenant_id as "tenantId", text_hash as "textHash" from knowledge_chunks
              where tenant_id = (select tenant_id from stores where id = $2) and id > $1 and store_id = $2 order by id limit $3`,
        [after, storeId, limit],
      )
      // A vector that was created after the start of this call, for the same text in an earlier batch, stays.
      await tx.query(
        `delete from embedding_cache k using unnest($1::bigint[], $2::text[]) as r (tenant_id, text_hash)
          where k.tenant_id = r.tenant_id and k.text_hash = r.text_hash and k.used_at < $3::timestamptz`,
        [page.map((chunk) => chunk.tenantId), page.map((chunk) => chunk.textHash), clock?.now ?? null],
      )
      await tx.query(
        `update knowledge_chunks set embedding_status = 'pending', embedding_error = null, leased_until = null, priority = 1
          where id = any($1::bigint[])`,
        [page.map((chunk) => chunk.id)],
      )
      after = page.at(-1)?.id ?? after
      return page.length
    }),
  )
}

export const ProfileProgress = component(
  'EmbeddingProfile',
  Type.Object({
    id: Type.Integer(),
    provider: Type.String(),
    url: Type.String(),
    model: Type.String(),
    dimensions: Type.Integer(),
    state: oneOf(['building', 'active', 'retired']),
    embedded: Type.Integer({ description: 'texts of active products and of documents with a vector of this profile' }),
    texts: Type.Integer({ description: 'all texts of active products and of documents' }),
  }),
)
export type ProfileProgress = Static<typeof ProfileProgress>

/** All profiles and their coverage of the current texts of a tenant (null: of all tenants). */
export async function readProfileProgress(access: Access, tenantId: number | null): Promise<ProfileProgress[]> {
  return await access.transaction(async (tx) => {
    await tx.query(JOIN_AS_WRITTEN)
    return await tx.query<ProfileProgress>(
      `select f.id, f.provider, f.url, f.model, f.dimensions, f.state, coalesce(v.embedded, 0)::int as embedded, t.texts
       from embedding_profiles f
      cross join (select count(*)::int as texts from knowledge_chunks c left join products p on p.id = c.product_id
                   where (p.is_active or c.document_id is not null) and ($1::bigint is null or c.tenant_id = $1)) t
       left join (select e.profile_id, count(*)::int as embedded
                    from chunk_embeddings e join knowledge_chunks c on c.id = e.chunk_id and c.text_hash = e.text_hash
                    left join products p on p.id = c.product_id
                   where (p.is_active or c.document_id is not null) and ($1::bigint is null or e.tenant_id = $1) group by e.profile_id) v on v.profile_id = f.id
      order by f.id desc`,
      [tenantId],
    )
  })
}

/** Deletes the vectors of profiles that were replaced long ago, in short transactions. Called daily. */
export async function pruneRetired(db: Database): Promise<void> {
  const old = await db.service.query<{ id: number }>(
    `select id from embedding_profiles where state = 'retired' and retired_at < now() - interval '${RETIRED_RETENTION_DAYS} days'`,
  )
  // A profile that is configured again meanwhile keeps its remaining vectors.
  for (const { id } of old) {
    const isRetired: Condition = (bind) =>
      `profile_id = ${bind(id)} and exists (select 1 from embedding_profiles where id = ${bind(id)} and state = 'retired')`
    for (const table of ['chunk_embeddings', 'embedding_cache']) {
      const [some] = await db.service.query(`select 1 from ${table} where profile_id = $1 limit 1`, [id])
      if (some) await deleteByBlocks(db.service, table, isRetired)
    }
  }
}
