import { type Static, Type } from 'typebox'
import type { Sql, SqlValue } from '../platform/db/database.ts'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { type List, listOf } from '../platform/http/lists.ts'

export const ACTOR_KINDS = ['admin', 'owner', 'operator', 'anonymous'] as const

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
  'settings.changed',
  'settings.mail_tested',
  'settings.provider_tested',
  'diagnosis.read',
  'list.exported',
  'backup.taken',
  'backup.started',
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

/** SQL for the name of the target of entry `a`, and whether it was deleted since; null when its row is gone. */
const NAMES: Record<keyof typeof TENANT_OF, string> = {
  token: named('t.name', 'false', 'integration_tokens t', 't'),
  store: named('t.name', 't.deleted_at is not null', 'stores t', 't'),
  product: named('t.name', 't.deleted_at is not null', 'products t', 't'),
  event: named('t.event_id', 'false', 'events t', 't'),
  text: named('p.name', 'false', 'knowledge_chunks t left join products p on p.id = t.product_id', 't'),
  user: `(select json_build_object('name', t.email, 'is_deleted', false) from users t where t.id = a.target_id::uuid)`,
  synonym: named(`concat_ws(': ', t.word, array_to_string(t.words, ', '))`, 'false', 'search_synonyms t', 't'),
  search_rule: named(
    'coalesce(t.query, p.name)',
    'false',
    'search_rules t join products p on p.id = t.product_id',
    't',
  ),
  tenant: named('p.email', 'false', 'tenants t join users p on p.id = t.owner_id', 't'),
  agent: named('t.client_name', 'false', 'oauth_grants t', 't'),
  feed: named(`concat_ws(' ', t.kind, t.token_preview)`, 'false', 'feeds t', 't'),
  alert: named('t.kind', 'false', 'alerts t', 't'),
  alert_channel: named('t.name', 'false', 'alert_channels t', 't'),
}

function named(name: string, isDeleted: string, from: string, of: string): string {
  return `(select json_build_object('name', ${name}, 'is_deleted', ${isDeleted}) from ${from} where ${of}.id = a.target_id::bigint limit 1)`
}

const NAMED = `case a.target_kind ${TARGET_KINDS.map((kind) => `when '${kind}' then ${NAMES[kind]}`).join(' ')} end`

/** SQL for the store that entry `a` is about; null for other entries. */
const STORE = `coalesce(case a.target_kind
    when 'store' then a.target_id::bigint
    ${(
      [
        ['token', 'integration_tokens'],
        ['product', 'products'],
        ['event', 'events'],
        ['text', 'knowledge_chunks'],
        ['feed', 'feeds'],
        ['agent', 'oauth_grants'],
      ] as const
    )
      .map(
        ([kind, table]) => `when '${kind}' then (select store_id from ${table} where id = a.target_id::bigint limit 1)`,
      )
      .join(' ')}
  end, case when a.detail ->> 'store_id' ~ '^[0-9]{1,15}$' then (a.detail ->> 'store_id')::bigint end)`

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
      name: nullable(Type.String()),
      is_deleted: Type.Boolean({ description: 'true: the user does not exist any more' }),
    }),
    source_ip: nullable(Type.String()),
    tenant_id: nullable(Type.Integer()),
    tenant: nullable(
      Type.Object({
        id: Type.Integer(),
        user_id: nullable(Type.String({ format: 'uuid' })),
        email: nullable(Type.String({ description: 'of the owner; null: the tenant does not exist any more' })),
      }),
    ),
    store: nullable(
      Type.Object(
        {
          id: Type.Integer(),
          name: nullable(Type.String({ description: 'null: its row does not exist any more' })),
          is_deleted: Type.Boolean(),
        },
        { description: 'the store that the entry is about' },
      ),
    ),
    target: nullable(
      Type.Object({
        kind: oneOf(TARGET_KINDS),
        id: Type.String(),
        name: nullable(Type.String({ description: 'its present name; null: its row does not exist any more' })),
        is_deleted: Type.Boolean({ description: 'true: it was deleted since' }),
      }),
    ),
    detail: Type.Unsafe<NonNullable<AuditEntry['detail']>>({ type: 'object', additionalProperties: true }),
  }),
)
export type AuditRow = Static<typeof AuditRow>
export const AuditList = listOf('AuditList', AuditRow)

export interface AuditWanted {
  /** null: all tenants and the installation. */
  tenantId: number | null
  action?: string | undefined
  /** By this user, or about their tenant. */
  userId?: string | undefined
  /** By this user. */
  actorId?: string | undefined
  actorKind?: Actor['kind'] | undefined
  storeId?: number | undefined
  /** ISO 8601; `since` belongs to the range, `until` does not. */
  since?: string | undefined
  until?: string | undefined
  /** A part of the action, the address, the user's e-mail address, the name of the target, or a detail. */
  search?: string | undefined
}

/** The audit log, newest first, for `readPage`. An owner sees that an admin acted, but not which one. */
export function auditList(wanted: AuditWanted): List {
  const { tenantId, action, userId, actorId, actorKind, storeId, since, until, search } = wanted
  return {
    columns: `a.id, a.at, a.action, json_build_object('kind', a.actor_kind, 'id', u.id, 'email', u.email, 'name', nullif(u.name, ''),
        'is_deleted', $1::bigint is null and a.actor_id is not null and u.id is null) as actor, a.source_ip,
      a.tenant_id, case when a.tenant_id is not null
        then json_build_object('id', a.tenant_id, 'user_id', o.id, 'email', o.email) end as tenant,
      case when w.store_id is not null then json_build_object('id', w.store_id, 'name', s.name,
        'is_deleted', s.id is null or s.deleted_at is not null) end as store,
      case when a.target_kind is not null then json_build_object('kind', a.target_kind, 'id', a.target_id,
        'name', g.named ->> 'name', 'is_deleted', coalesce((g.named ->> 'is_deleted')::boolean, true)) end as target, a.detail`,
    from: `audit_log a left join users u on u.id = a.actor_id
        and ($1::bigint is null or u.id = (select owner_id from tenants where id = $1))
      left join tenants n on n.id = a.tenant_id left join users o on o.id = n.owner_id
      cross join lateral (select ${STORE} as store_id) w left join stores s on s.id = w.store_id
      cross join lateral (select ${NAMED} as named) g`,
    where: [
      '($1::bigint is null or a.tenant_id = $1)',
      '($2::text is null or a.action = $2)',
      '($3::uuid is null or a.actor_id = $3::uuid or a.tenant_id = (select id from tenants where owner_id = $3::uuid))',
      '($4::timestamptz is null or a.at >= $4::timestamptz)',
      '($5::timestamptz is null or a.at < $5::timestamptz)',
      // An owner finds their own actions only: an admin is not named to them.
      '($6::uuid is null or u.id = $6::uuid or ($1::bigint is null and a.actor_id = $6::uuid))',
      '($7::text is null or a.actor_kind = $7)',
      '($8::bigint is null or w.store_id = $8)',
      `($9::text is null or a.action ilike $9 or a.source_ip ilike $9 or u.email ilike $9 or u.name ilike $9
        or a.target_id = $10 or a.detail::text ilike $9 or g.named ->> 'name' ilike $9 or s.name ilike $9)`,
    ],
    values: [
      tenantId,
      action ?? null,
      userId ?? null,
      since ?? null,
      until ?? null,
      actorId ?? null,
      actorKind ?? null,
      storeId ?? null,
      search === undefined ? null : `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`,
      search ?? null,
    ],
    sort: { sql: 'a.id', type: 'bigint', descending: true },
    id: 'a.id',
  }
}
