import { statfs } from 'node:fs/promises'
import { type Static, Type } from 'typebox'
import { countUnindexed } from '../catalog/index-products.ts'
import { isPaused } from '../knowledge/cost/budgets.ts'
import type { Database } from '../platform/db/database.ts'
import { Problem } from '../platform/errors.ts'
import { component } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { formatFa } from '../platform/i18n.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import type { Authenticator, Reader } from '../tenants/authenticate.ts'
import { BY_KNOWLEDGE } from '../tenants/credentials.ts'
import { USAGE_OF_TENANT } from '../tenants/usage.ts'
import { describeMaintenance } from './maintenance-runs.ts'

interface Parts {
  db: Database
  queue: Queue
  auth: Authenticator
  metrics: Metrics
  dataDir: string
}

const KnowledgeStats = component(
  'KnowledgeStats',
  Type.Object({
    products: Type.Integer(),
    chunks: Type.Integer(),
    pending_embeddings: Type.Integer(),
    paused_embeddings: Type.Integer({
      description: 'of the pending ones, those that the monthly budget of their tenant holds back',
    }),
    embedding_requests: Type.Integer(),
    embedding_inputs: Type.Integer(),
    embeddings_avoided: Type.Integer({ description: 'chunks of applied events that were sent to no provider' }),
    query_embeddings: Type.Integer(),
    products_to_index: Type.Integer({
      description: 'products whose search words are being written again after an upgrade',
    }),
  }),
)
export type KnowledgeStats = Static<typeof KnowledgeStats>

/** The plugin compares its catalogue once a day, so a working shop contacts the server at least daily, with or without sales. */
export const QUIET_HOURS = 26
/** Maximum wait of `/readyz` for the database. Below the 8 s of the image's health check. */
const READY_TIMEOUT_MS = 5_000

/** Endpoints for load balancers and Prometheus, and the figures of the knowledge base. */
export function healthRoutes(app: Http, { db, queue, auth, metrics, dataDir }: Parts): void {
  const hide = { schema: { hide: true }, config: { isOpen: true } }
  app.get('/healthz', { schema: { hide: true }, config: { isUncounted: true } }, async () => ({ status: 'ok' }))

  const look = watchReadiness(db, queue)
  app.get('/readyz', hide, async () => {
    await look()
    return { status: 'ready' }
  })

  describeBacklog(db, queue, metrics)
  describeSurroundings(db, dataDir, metrics)
  describeMaintenance(db.service, metrics)
  app.get('/metrics', hide, async (_request, reply) => {
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })

  app.get(
    '/api/v1/knowledge/stats/',
    {
      schema: {
        operationId: 'readKnowledgeStats',
        summary: 'Size and usage of the knowledge base',
        tags: ['knowledge'],
        security: BY_KNOWLEDGE,
        response: { 200: KnowledgeStats },
      },
    },
    async (request) => await readKnowledgeStats(db, await auth.knowledge(request)),
  )
}

/**
 * Checks the database and the queue, for at most `READY_TIMEOUT_MS`. Concurrent callers share one check: a database without answers
 * does not get a new query every ten seconds.
 */
function watchReadiness(db: Database, queue: Queue): () => Promise<void> {
  let asking: Promise<unknown> | null = null
  return async () => {
    asking ??= db.service
      .query('select 1')
      .then(() => queue.depth())
      .finally(() => {
        asking = null
      })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(notReady()), READY_TIMEOUT_MS)
    })
    await Promise.race([asking, late]).finally(() => clearTimeout(timer))
  }
}

function notReady(): Problem {
  return new Problem(
    503,
    'not_ready',
    {
      en: `The database has not answered for ${READY_TIMEOUT_MS / 1000} seconds. No events can be received until it answers. If this continues, restart the server.`,
      fa: `پایگاه داده ${formatFa(READY_TIMEOUT_MS / 1000)} ثانیه است که پاسخ نمی‌دهد. تا پاسخ ندهد چیزی دریافت نمی‌شود؛ اگر چنین ماند، سرور را دوباره راه‌اندازی کنید.`,
    },
    { retryAfterSeconds: 5 },
  )
}

async function readKnowledgeStats(db: Database, reader: Reader): Promise<KnowledgeStats> {
  const tenant = [reader.tenantId]
  const sql = db.inScope(reader.scope)
  const [held] = await sql.query<{ products: number; chunks: number; pending: number; paused: number }>(
    `select (select count(*)::int from products p where ($1::bigint is null or tenant_id = $1) and is_active) as products,
            count(*)::int as chunks,
            (count(*) filter (where c.embedding_status = 'pending'))::int as pending,
            (count(*) filter (where c.embedding_status = 'pending' and ${isPaused('c.tenant_id')}))::int as paused
       from knowledge_chunks c left join products p on p.id = c.product_id
      where ($1::bigint is null or c.tenant_id = $1) and (p.is_active or c.document_id is not null)`,
    tenant,
  )
  const counters = await sql.query<{ counter: string; value: number }>(
    `select counter, sum(value)::bigint as value from usage_counters where ${USAGE_OF_TENANT} group by counter`,
    tenant,
  )
  const used = new Map(counters.map((row) => [row.counter, row.value]))
  return {
    products: held?.products ?? 0,
    chunks: held?.chunks ?? 0,
    pending_embeddings: held?.pending ?? 0,
    paused_embeddings: held?.paused ?? 0,
    embedding_requests: used.get('embedding_requests') ?? 0,
    embedding_inputs: used.get('embedding_inputs') ?? 0,
    embeddings_avoided: used.get('embeddings_avoided') ?? 0,
    query_embeddings: used.get('query_embeddings') ?? 0,
    products_to_index: await countUnindexed(sql, reader.tenantId),
  }
}

/** Gauges of open work and dead letters, read from the database on each request of `/metrics`. */
function describeBacklog(db: Database, queue: Queue, metrics: Metrics): void {
  // Each gauge reads its own value: gauges are collected in parallel, and a gauge set by another one would show the previous
  // scrape.
  metrics.gauge('fiko_open_events', 'Events received and not ended', [], async (gauge) => {
    const [row] = await db.service.query<{ count: number }>(
      `select count(*)::int as count from events where status in ('received', 'retrying')`,
    )
    gauge.set(row?.count ?? 0)
  })
  metrics.gauge('fiko_oldest_open_event_seconds', 'Age of the oldest open event', [], async (gauge) => {
    const [row] = await db.service.query<{ age: number }>(
      `select coalesce(extract(epoch from now() - min(received_at)), 0)::float8 as age
         from events where status in ('received', 'retrying')`,
    )
    gauge.set(Math.max(0, row?.age ?? 0))
  })
  metrics.gauge('fiko_dead_letters', 'Dead letters, by kind', ['kind'], async (gauge) => {
    const [row] = await db.service.query<{ events: number; embeddings: number }>(
      `select (select count(*)::int from events where status = 'dead' and dismissed_at is null) as events,
              (select count(*)::int from knowledge_chunks where embedding_status = 'refused' and dismissed_at is null) as embeddings`,
    )
    gauge.set({ kind: 'event' }, row?.events ?? 0)
    gauge.set({ kind: 'embedding' }, row?.embeddings ?? 0)
  })
  metrics.gauge('fiko_pending_embeddings', 'Chunks that wait for their vector', [], async (gauge) => {
    const [row] = await db.service.query<{ count: number }>(
      `select count(*)::int as count from knowledge_chunks where embedding_status = 'pending'`,
    )
    gauge.set(row?.count ?? 0)
  })
  metrics.gauge('fiko_queue_wakeups', 'Wake-ups in the queue that no worker has taken', [], async (gauge) => {
    gauge.set(await queue.depth())
  })
  metrics.gauge(
    'fiko_embeddings_avoided',
    'Chunks of applied events that were sent to no provider',
    [],
    async (gauge) => {
      const [row] = await db.service.query<{ value: number }>(
        `select coalesce(sum(value), 0)::float8 as value from usage_counters where counter = 'embeddings_avoided'`,
      )
      gauge.set(row?.value ?? 0)
    },
  )
}

/** Gauges of external conditions: shops that send, and free disk space. */
function describeSurroundings(db: Database, dataDir: string, metrics: Metrics): void {
  metrics.gauge(
    'fiko_quiet_stores',
    `Live stores that made contact before, but not in the last ${QUIET_HOURS} hours`,
    [],
    async (gauge) => {
      const [row] = await db.service.query<{ count: number }>(
        `select count(*)::int as count
           from (select max(t.last_used_at) as heard
                   from stores s join integration_tokens t on t.store_id = s.id
                  where s.deleted_at is null and s.environment = 'live' and t.integration_type = 'woocommerce'
                  group by s.id
                 having bool_or(t.is_active and (t.expires_at is null or t.expires_at > now()))) store
          where heard < now() - make_interval(hours => ${QUIET_HOURS})`,
      )
      gauge.set(row?.count ?? 0)
    },
  )
  metrics.gauge('fiko_data_dir_free_bytes', 'Free bytes on the disk of DATA_DIR, if it is used', [], async (gauge) => {
    // With PostgreSQL the directory may not exist; the disk of the database belongs to another machine.
    const disk = await statfs(dataDir).catch(() => null)
    if (disk) gauge.set(disk.bavail * disk.bsize)
    else gauge.remove()
  })
}
