import { type Static, Type } from 'typebox'
import type { Sql, SqlValue } from '../platform/db/database.ts'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { type List, listOf } from '../platform/http/lists.ts'

const ACTOR_KINDS = ['admin', 'owner', 'operator', 'anonymous'] as const

/** The author of an audited action: a signed-in user, the operator's key, or an unauthenticated caller (`anonymous`). */
export interface Actor {
  kind: (typeof ACTOR_KINDS)[number]
  userId: string | null
  /** null: all tenants. */
  tenantId: number | null
  sourceIp: string | null
}

/** SQL that finds the tenant of a target. */
const TENANT_OF = {
  token: 'select tenant_id from integration_tokens where id = $7::bigint',
  store: 'select tenant_id from stores where id = $7::bigint',
  product: 'select tenant_id from products where id = $7::bigint',
  event: 'select tenant_id from events where id = $7::bigint limit 1',
  text: 'select tenant_id from knowledge_chunks where id = $7::bigint',
  user: 'select id from tenants where owner_id = $7::uuid',
  synonym: 'select tenant_id from search_synonyms where id = $7::bigint',
  search_rule: 'select tenant_id from search_rules where id = $7::bigint',
  tenant: 'select $7::bigint',
  agent: 'select tenant_id from oauth_grants where id = $7::bigint',
  feed: 'select tenant_id from feeds where id = $7::bigint',
  alert: 'select tenant_id from alerts where id = $7::bigint',
  alert_channel: 'select tenant_id from alert_channels where id = $7::bigint',
} as const
const TARGET_KINDS = Object.keys(TENANT_OF) as (keyof typeof TENANT_OF)[]

/** `object.past_tense`, as listed in docs/api.md. */
export const AUDIT_ACTIONS = [
  'session.started',
  'session.refused',
  'session.ended',
  'password.changed',
  'password.refused',
  'password.set_by_link',
  'password.link_asked',
  'two_factor.turned_on',
  'two_factor.turned_off',
  'two_factor.codes_made',
  'two_factor.backup_code_used',
  'two_factor.refused',
  'two_factor.reset',
  'account.changed',
  'account.refused',
  'token.generated',
  'token.rotated',
  'token.revoked',
  'token.site_confirmed',
  'store.made',
  'store.changed',
  'store.deleted',
  'store.published',
  'store.unpublished',
  'store.freshness_changed',
  'store.resend_asked',
  'store.resend_cancelled',
  'agent.allowed',
  'agent.denied',
  'agent.revoked',
  'feed.made',
  'feed.rotated',
  'feed.revoked',
  'user.made',
  'user.changed',
  'user.reset_link_made',
  'event.replayed',
  'events.replayed',
  'text.replayed',
  'dead_letters.replayed',
  'dead_letters.dismissed',
  'dead_letters.restored',
  'product.version_reset',
  'knowledge.reindexed',
  'model.chosen',
  'embedding_prices.changed',
  'embedding_budget.changed',
  'synonym.made',
  'synonym.changed',
  'synonym.deleted',
  'search_rule.made',
  'search_rule.changed',
  'search_rule.deleted',
  'questions.settings_changed',
  'questions.deleted',
  'alert.acknowledged',
  'alert_channel.made',
  'alert_channel.changed',
  'alert_channel.deleted',
  'alert_channel.secret_rotated',
  'alert_channel.resumed',
  'alert_channel.tested',
  'diagnosis.read',
  'backup.taken',
  'tenant.exported',
  'tenant.erase_begun',
  'tenant.erased',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

export interface AuditEntry {
  action: AuditAction
  target?: { kind: keyof typeof TENANT_OF; id: number | string }
  /** Additional facts. Never a secret or a product text. */
  detail?: Record<string, string | number | boolean | null | string[]>
}

/**
 * Writes an audit entry in the transaction of the action. The entry belongs to the tenant of the target, so that an owner sees the
 * actions of admins; without a target it belongs to the actor's tenant.
 */
export async function writeAuditEntry(sql: Sql, by: Actor, { action, target, detail = {} }: AuditEntry): Promise<void> {
  const values: SqlValue[] = [by.kind, by.userId, by.sourceIp, action, JSON.stringify(detail), target?.kind ?? null]
  values.push(target ? String(target.id) : null)
  const tenant = target ? `(${TENANT_OF[target.kind]})` : '$8::bigint'
  if (!target) values.push(by.tenantId)
  await sql.query(
    `insert into audit_log (actor_kind, actor_id, source_ip, action, detail, target_kind, target_id, tenant_id)
     values ($1, $2::uuid, $3, $4, $5::json, $6, $7::text, ${tenant})`,
    values,
  )
}

/** An audit entry in the API. */
export const AuditRow = component(
  'AuditEntry',
  Type.Object({
    id: Type.Integer(),
    at: time(),
    action: Type.String(),
    actor: Type.Object({
      kind: oneOf(ACTOR_KINDS),
      id: nullable(Type.String({ format: 'uuid' })),
      email: nullable(Type.String()),
    }),
    source_ip: nullable(Type.String()),
    tenant_id: nullable(Type.Integer()),
    target: nullable(Type.Object({ kind: oneOf(TARGET_KINDS), id: Type.String() })),
    detail: Type.Unsafe<NonNullable<AuditEntry['detail']>>({ type: 'object', additionalProperties: true }),
  }),
)
export type AuditRow = Static<typeof AuditRow>
export const AuditList = listOf('AuditList', AuditRow)

export interface AuditWanted {
  /** null: all tenants and the installation. */
  tenantId: number | null
  action?: string | undefined
  userId?: string | undefined
  since?: string | undefined
}

/** The audit log, newest first, for `readPage`. An owner sees that an admin acted, but not which one. */
export function auditList({ tenantId, action, userId, since }: AuditWanted): List {
  return {
    columns: `a.id, a.at, a.action, json_build_object('kind', a.actor_kind, 'id', u.id, 'email', u.email) as actor, a.source_ip,
      a.tenant_id, case when a.target_kind is not null
        then json_build_object('kind', a.target_kind, 'id', a.target_id) end as target, a.detail`,
    from: `audit_log a left join users u on u.id = a.actor_id
      and ($1::bigint is null or u.id = (select owner_id from tenants where id = $1))`,
    where: [
      '($1::bigint is null or a.tenant_id = $1)',
      '($2::text is null or a.action = $2)',
      '($3::uuid is null or a.actor_id = $3::uuid or a.tenant_id = (select id from tenants where owner_id = $3::uuid))',
      '($4::timestamptz is null or a.at >= $4::timestamptz)',
    ],
    values: [tenantId, action ?? null, userId ?? null, since ?? null],
    sort: { sql: 'a.id', type: 'bigint', descending: true },
    id: 'a.id',
  }
}
