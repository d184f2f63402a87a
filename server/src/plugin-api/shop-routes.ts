import { Type } from 'typebox'
import { readSync, SyncState } from '../catalog/products/sync-state.ts'
import { pauseSentence } from '../knowledge/cost/budget-routes.ts'
import { readBudget } from '../knowledge/cost/budgets.ts'
import type { Database } from '../platform/db/database.ts'
import { bodyComponent, component, nullable, oneOf, time } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { localized } from '../platform/http/validation.ts'
import { type Localised, negotiateLanguage } from '../platform/i18n.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_SHOP, UserReference } from '../tenants/credentials.ts'
import { ENVIRONMENTS, type Environment, INTEGRATION_TYPES } from '../tenants/tokens/token-format.ts'
import type { TokenUsage } from '../tenants/tokens/token-usage.ts'
import { openResend, ResendTask } from './resend.ts'

/** Events that wait this long without any applied event mean that no worker is running. */
const STALLED_SECONDS = 60

const HEALTH: Record<'ok' | 'degraded', Localised> = {
  ok: {
    en: 'Connected. Your shop can send its products.',
    fa: 'اتصال برقرار است. فروشگاه شما می‌تواند محصولات را بفرستد.',
  },
  degraded: {
    en: 'Events are received and stored, but none has been applied for a minute. Check that the worker is running.',
    fa: 'رویدادها دریافت و ذخیره می‌شوند، اما یک دقیقه است که هیچ‌کدام پردازش نشده‌اند: آیا پردازشگر روشن است؟',
  },
}

const StatusBody = bodyComponent(
  'ProductIds',
  Type.Object({
    product_ids: Type.Array(
      Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, ...localized('a product id', 'شناسهٔ یک محصول') }),
      { maxItems: 500, ...localized('a list of at most 500 product ids', 'فهرستی با حداکثر ۵۰۰ شناسهٔ محصول') },
    ),
  }),
)

const SyncStates = component(
  'SyncStates',
  Type.Object({ results: Type.Array(SyncState), resend: Type.Optional(ResendTask) }),
)

const ConnectionTest = component(
  'ConnectionTest',
  Type.Object({
    status: oneOf(['ok', 'degraded'], {
      description: 'degraded: events wait, and none has been applied for a minute',
    }),
    message: Type.String(),
    user: UserReference,
    store: Type.Object({ id: Type.Integer(), name: Type.String(), environment: oneOf(ENVIRONMENTS) }),
    token: Type.Object({ name: Type.String(), last_used_at: nullable(time()), usage_count: Type.Integer() }),
    integration_type: oneOf(INTEGRATION_TYPES),
    last_applied_at: nullable(time()),
    timestamp: time(),
    resend: Type.Optional(ResendTask),
  }),
)

interface Parts {
  db: Database
  auth: Authenticator
  usage: TokenUsage
}

/** Endpoints for shops: the connection test and the sync state of products. */
export function shopRoutes(app: Http, { db, auth, usage }: Parts): void {
  const shared = { tags: ['shop'], security: BY_SHOP }
  app.get(
    '/api/integrations/woocommerce/health/',
    {
      schema: {
        ...shared,
        operationId: 'testConnection',
        summary: 'Test the connection',
        response: { 200: ConnectionTest },
      },
    },
    async (request) => {
      const shop = await auth.shop(request)
      const sql = db.forTenant(shop.tenantId)
      const [row] = await sql.query<{
        userId: string
        email: string
        storeName: string
        environment: Environment
        lastApplied: Date | null
        hasWaited: boolean
        lastUsedAt: Date | null
        usageCount: number
      }>(
        `select u.id as "userId", u.email, s.name as "storeName", s.environment, applied.at as "lastApplied",
                t.last_used_at as "lastUsedAt", t.usage_count as "usageCount",
                exists (select 1 from events e where e.store_id = s.id and e.status = 'received'
                           and e.received_at < now() - interval '${STALLED_SECONDS} seconds') as "hasWaited"
           from stores s join tenants n on n.id = s.tenant_id join users u on u.id = n.owner_id
           join integration_tokens t on t.id = $2
           left join lateral (select processed_at as at from events e where e.store_id = s.id and e.outcome is not null
                               order by e.id desc limit 1) applied on true
          where s.tenant_id = $3 and s.id = $1`,
        [shop.storeId, shop.tokenId, shop.tenantId],
      )
      if (!row) throw new Error('the store of a valid token was not found')
      const status = row.hasWaited && (await nothingIsApplied(db)) ? ('degraded' as const) : ('ok' as const)
      const recent = usage.pending(shop.tokenId)
      const language = negotiateLanguage(request.headers['accept-language'])
      const resend = await openResend(sql, shop.storeId)
      const paused = pauseSentence(await readBudget(sql, shop.tenantId), language)
      return {
        status,
        message: paused === null ? HEALTH[status][language] : `${HEALTH[status][language]} ${paused}`,
        user: { id: row.userId, email: row.email },
        store: { id: shop.storeId, name: row.storeName, environment: row.environment },
        token: {
          name: shop.name,
          last_used_at: recent.lastUsedAt ?? row.lastUsedAt,
          usage_count: row.usageCount + recent.uses,
        },
        integration_type: shop.integrationType,
        last_applied_at: row.lastApplied,
        timestamp: new Date(),
        ...(resend && { resend }),
      }
    },
  )

  app.post(
    '/api/integrations/woocommerce/status/',
    {
      schema: {
        ...shared,
        operationId: 'readSyncStates',
        summary: 'Sync state of products',
        body: StatusBody,
        response: { 200: SyncStates },
        example: { body: { product_ids: [7001, 7002] } },
      },
    },
    async (request) => {
      const shop = await auth.shop(request)
      const language = negotiateLanguage(request.headers['accept-language'])
      const sql = db.forTenant(shop.tenantId)
      const results = await readSync(sql, shop.storeId, request.body.product_ids, language)
      const resend = await openResend(sql, shop.storeId)
      return { results, ...(resend && { resend }) }
    },
  )
}

/** True when no event of any tenant was applied recently; otherwise this shop is only waiting for its turn. */
async function nothingIsApplied(db: Database): Promise<boolean> {
  const [row] = await db.service.query<{ isStalled: boolean }>(
    `select coalesce(max(processed_at) < now() - interval '${STALLED_SECONDS} seconds', true) as "isStalled"
       from (select processed_at from events order by id desc limit 1000) recent`,
  )
  return row?.isStalled ?? true
}
