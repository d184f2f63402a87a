import { type Static, Type } from 'typebox'
import { ProviderHealth } from '../knowledge/provider/provider-health.ts'
import { component, nullable, time } from '../platform/http/contract.ts'
import { QuietStore } from '../stores/quiet-stores.ts'
import { StoreInState, SyncSummary } from '../sync/read-sync.ts'
import { EmbeddingUsage } from './embedding-cost.ts'

const count = (description?: string) => Type.Integer(description === undefined ? {} : { description })

export const OverviewBucket = component(
  'OverviewBucket',
  Type.Object(
    {
      at: time('start of the interval'),
      received: count(),
      applied: count('the sum of the outcomes below without superseded'),
      superseded: count(),
      failed: count('failed attempts'),
      dead: count('attempts that made the event a dead letter'),
      created: count(),
      content_updated: count(),
      metadata_updated: count(),
      unchanged: count(),
      deleted: count(),
      embedding_requests: count(),
      embedding_inputs: count(),
      embeddings_avoided: count(),
      embedding_tokens: count('for texts and queries, as counted by the provider'),
      products: nullable(
        count('shown products at the end of the interval (of the last: now); null before counting started'),
      ),
    },
    { description: 'Activity in one interval.' },
  ),
)
export type OverviewBucket = Static<typeof OverviewBucket>

/** The overview of a scope: all tenants, one tenant, or one store. */
export const Overview = component(
  'Overview',
  Type.Object({
    from: time(),
    to: time(),
    bucket_hours: count(),
    series: Type.Array(OverviewBucket, {
      description:
        'oldest first, without gaps; embeddings are counted by tenant: for a single store they are 0 here, and null below',
    }),
    products: Type.Object({ active: count(), hidden: count(), deleted: count() }),
    chunks: count(),
    pending_embeddings: count(),
    queue: Type.Object({ open: count(), retrying: count(), oldest_open_at: nullable(time()) }),
    dead_letters: Type.Object({ events: count(), embeddings: count() }),
    processing: Type.Object({
      count: count('events that ended in this time'),
      mean_ms: nullable(Type.Number()),
      p95_ms: nullable(Type.Number({ description: 'from a histogram; exact within a factor of two' })),
    }),
    embeddings: nullable(EmbeddingUsage),
    provider: nullable(ProviderHealth),
    sync: nullable(SyncSummary),
    other_stores: Type.Array(StoreInState, {
      description: 'stores that are not in sync, at most 50, in the order of their states: paused first',
    }),
    stores: count(),
    quiet_stores: Type.Array(QuietStore, { description: 'at most 50, the longest silent first' }),
    quiet_after_days: count(),
    last_applied_at: nullable(time()),
  }),
)
export type Overview = Static<typeof Overview>
