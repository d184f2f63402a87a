import type { Sql } from '../../platform/db/database.ts'
import { invalidInput, notFound, Problem } from '../../platform/errors.ts'
import type { List } from '../../platform/http/lists.ts'
import { formatFa } from '../../platform/i18n.ts'
import { type Actor, writeAuditEntry } from '../../tenants/audit.ts'
import { MAX_PINS_OF_A_QUERY, MAX_RULES, type NewRuleBody, type SearchRule } from './curation-schemas.ts'
import { beginCurationChange } from './curation-version.ts'
import { queryKey } from './phrase-keys.ts'

const COLUMNS = `r.id, r.kind, r.query, r.position,
  json_build_object('id', p.id, 'external_id', p.external_id, 'name', p.name, 'image', p.image, 'is_active', p.is_active, 'in_stock', p.in_stock) as product,
  json_build_object('id', s.id, 'name', s.name) as store, json_build_object('id', u.id, 'email', u.email) as "user",
  r.created_by, r.created_at`
const SOURCE = `search_rules r join products p on p.id = r.product_id join stores s on s.id = p.store_id
  join tenants n on n.id = r.tenant_id join users u on u.id = n.owner_id`
/** A deleted product takes its rules with it. They stay in the table, so that they apply again when the product returns. */
const EXISTS = 'p.deleted_at is null and s.deleted_at is null'

export interface WantedRules {
  /** null: those of all tenants. */
  tenantId: number | null
  userId?: string | undefined
  kind?: string | undefined
  query?: string | undefined
  productId?: number | undefined
}

/** The rules that a caller may see: by query, pins in their order; for `readPage`. */
export function ruleList({ tenantId, userId, kind, query, productId }: WantedRules): List {
  return {
    columns: COLUMNS,
    from: SOURCE,
    where: [
      '($1::bigint is null or r.tenant_id = $1)',
      '($2::uuid is null or u.id = $2::uuid)',
      '($3::text is null or r.kind = $3)',
      '($4::text is null or r.query_key = $4)',
      '($5::bigint is null or r.product_id = $5)',
      EXISTS,
    ],
    values: [tenantId, userId ?? null, kind ?? null, query === undefined ? null : queryKey(query), productId ?? null],
    sort: {
      sql: `(r.kind || ' ' || coalesce(r.query_key, '') || ' ' || to_char(coalesce(r.position, 0), 'FM0000')) collate "C"`,
      type: 'text',
      descending: false,
    },
    id: 'r.id',
  }
}

/**
 * Pins a product to a query, or hides it. The rule belongs to the tenant of the product.
 * @throws {Problem} 400 for an unknown product or a query without words, 409 for a rule that exists, contradicts another one or is
 * above a limit
 */
export async function makeRule(tx: Sql, caller: number | null, wanted: NewRuleBody, by: Actor): Promise<SearchRule> {
  const { kind, product_id: productId, position } = wanted
  const query = wanted.query?.replace(/\s+/g, ' ').trim() ?? null
  const key = query === null ? null : queryKey(query)
  if (kind === 'pin' && query === null) throw issueAt('query', 'is required for a pin', 'برای سنجاق لازم است')
  if (key === '') throw issueAt('query', 'must contain a word or a number', 'باید دست‌کم یک کلمه یا عدد داشته باشد')
  if (kind === 'hide' && position !== undefined)
    throw issueAt('position', 'belongs to a pin only', 'فقط برای سنجاق است')
  // The lock keeps the product until the commit. It comes before the tenant's row, as in the stage that applies events.
  const [product] = await tx.query<{ tenantId: number }>(
    `select p.tenant_id as "tenantId" from products p join stores s on s.id = p.store_id
      where ($1::bigint is null or p.tenant_id = $1) and p.id = $2 and ${EXISTS} for key share of p`,
    [caller, productId],
  )
  if (!product) throw issueAt('product_id', 'there is no product with this id', 'چنین محصولی وجود ندارد')
  const { tenantId } = product
  await beginCurationChange(tx, tenantId)
  await refuseContradiction(tx, tenantId, { kind, key, productId })
  await assureRoom(tx, tenantId)
  const places = key === null ? [] : await pinsOf(tx, tenantId, key)
  if (kind === 'pin' && places.length >= MAX_PINS_OF_A_QUERY) throw tooManyPins()
  const [made] = await tx.query<{ id: number }>(
    `insert into search_rules (tenant_id, kind, query, query_key, product_id, position, created_by)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [tenantId, kind, query, key, productId, kind === 'pin' ? places.length + 1 : null, by.kind],
  )
  if (!made) throw new Error('the insert of a rule returned no row')
  const { id } = made
  if (position !== undefined && position <= places.length) await placePin(tx, tenantId, [...places, id], id, position)
  await writeAuditEntry(tx, by, {
    action: 'search_rule.made',
    target: { kind: 'search_rule', id },
    detail: { kind, query, product: productId },
  })
  return await findRule(tx, tenantId, id)
}

/** Moves a pin to another place of its query. @throws {Problem} 404 for a rule that does not exist, 400 for a hide */
export async function moveRule(
  tx: Sql,
  caller: number | null,
  id: number,
  position: number,
  by: Actor,
): Promise<SearchRule> {
  const { tenantId, kind, key } = await ownRule(tx, caller, id)
  if (kind !== 'pin' || key === null) throw issueAt('position', 'belongs to a pin only', 'فقط برای سنجاق است')
  await beginCurationChange(tx, tenantId)
  await placePin(tx, tenantId, await pinsOf(tx, tenantId, key), id, position)
  await writeAuditEntry(tx, by, {
    action: 'search_rule.changed',
    target: { kind: 'search_rule', id },
    detail: { position },
  })
  return await findRule(tx, tenantId, id)
}

/** Deletes a rule; later pins of the query move up. @throws {Problem} 404 */
export async function deleteRule(tx: Sql, caller: number | null, id: number, by: Actor): Promise<void> {
  const { tenantId } = await ownRule(tx, caller, id)
  await beginCurationChange(tx, tenantId)
  const { kind, query, product } = await findRule(tx, tenantId, id)
  await writeAuditEntry(tx, by, {
    action: 'search_rule.deleted',
    target: { kind: 'search_rule', id },
    detail: { kind, query, product: product.id },
  })
  const [gone] = await tx.query<{ key: string | null }>(
    'delete from search_rules where tenant_id = $1 and id = $2 returning query_key as key',
    [tenantId, id],
  )
  if (kind === 'pin' && gone?.key != null) await writePlaces(tx, tenantId, await pinsOf(tx, tenantId, gone.key))
}

interface OwnRule {
  tenantId: number
  kind: 'pin' | 'hide'
  key: string | null
}

async function ownRule(tx: Sql, caller: number | null, id: number): Promise<OwnRule> {
  const [row] = await tx.query<OwnRule>(
    `select r.tenant_id as "tenantId", r.kind, r.query_key as key from ${SOURCE}
      where ($1::bigint is null or r.tenant_id = $1) and r.id = $2 and ${EXISTS}`,
    [caller, id],
  )
  if (!row) throw notFound()
  return row
}

async function findRule(tx: Sql, tenantId: number, id: number): Promise<SearchRule> {
  const [found] = await tx.query<SearchRule>(
    `select ${COLUMNS} from ${SOURCE} where r.tenant_id = $1 and r.id = $2 and ${EXISTS}`,
    [tenantId, id],
  )
  if (!found) throw notFound()
  return found
}

/** Ids of the pins of a query in their order. */
async function pinsOf(tx: Sql, tenantId: number, key: string): Promise<number[]> {
  const rows = await tx.query<{ id: number }>(
    `select r.id from ${SOURCE} where r.tenant_id = $1 and r.kind = 'pin' and r.query_key = $2 and ${EXISTS} order by r.position, r.id`,
    [tenantId, key],
  )
  return rows.map(({ id }) => id)
}

async function placePin(tx: Sql, tenantId: number, ids: number[], id: number, position: number): Promise<void> {
  const order = ids.filter((other) => other !== id)
  order.splice(position - 1, 0, id)
  await writePlaces(tx, tenantId, order)
}

async function writePlaces(tx: Sql, tenantId: number, ids: number[]): Promise<void> {
  await tx.query(
    `update search_rules r set position = place.at from unnest($2::bigint[]) with ordinality as place (id, at)
      where r.tenant_id = $1 and r.id = place.id and r.position <> place.at`,
    [tenantId, ids],
  )
}

async function refuseContradiction(
  tx: Sql,
  tenantId: number,
  { kind, key, productId }: { kind: 'pin' | 'hide'; key: string | null; productId: number },
): Promise<void> {
  const rules = await tx.query<{ kind: 'pin' | 'hide'; key: string | null; query: string | null }>(
    'select kind, query_key as key, query from search_rules where tenant_id = $1 and product_id = $2 order by id',
    [tenantId, productId],
  )
  if (rules.some((rule) => rule.kind === kind && (rule.key === key || (kind === 'hide' && rule.key === null))))
    throw kind === 'pin' ? alreadyPinned() : alreadyHidden()
  const other = rules.find((rule) => rule.kind !== kind && (rule.key === key || rule.key === null || key === null))
  if (other) throw other.kind === 'pin' ? isPinned(other.query ?? '') : isHidden()
}

/** Rules of deleted products make room for new ones. @throws {Problem} 409 above the limit */
async function assureRoom(tx: Sql, tenantId: number): Promise<void> {
  const count = async () => {
    const [row] = await tx.query<{ count: number }>(
      'select count(*)::int as count from search_rules where tenant_id = $1',
      [tenantId],
    )
    return row?.count ?? 0
  }
  if ((await count()) < MAX_RULES) return
  await tx.query(
    `delete from search_rules r using products p join stores s on s.id = p.store_id
      where r.tenant_id = $1 and p.id = r.product_id and not (${EXISTS})`,
    [tenantId],
  )
  if ((await count()) >= MAX_RULES) throw tooManyRules()
}

function alreadyPinned(): Problem {
  return new Problem(409, 'rule_exists', {
    en: 'This product is already pinned to this query.',
    fa: 'این محصول از پیش به این جست‌وجو سنجاق شده است.',
  })
}

function alreadyHidden(): Problem {
  return new Problem(409, 'rule_exists', {
    en: 'This product is already hidden from these searches.',
    fa: 'این محصول از پیش در این جست‌وجوها پنهان است.',
  })
}

function isPinned(query: string): Problem {
  return new Problem(409, 'rule_contradicts', {
    en: `This product is pinned to the query “${query}”: delete that pin before you hide the product.`,
    fa: `این محصول به جست‌وجوی «${query}» سنجاق شده است: پیش از پنهان کردن محصول آن سنجاق را حذف کنید.`,
  })
}

function isHidden(): Problem {
  return new Problem(409, 'rule_contradicts', {
    en: 'This product is hidden from this query or from every search: delete that rule before you pin the product.',
    fa: 'این محصول در این جست‌وجو یا در همهٔ جست‌وجوها پنهان است: پیش از سنجاق کردن محصول آن قاعده را حذف کنید.',
  })
}

function tooManyPins(): Problem {
  return new Problem(409, 'too_many_pins', {
    en: `A query has at most ${MAX_PINS_OF_A_QUERY} pinned products: delete one of its pins.`,
    fa: `هر جست‌وجو حداکثر ${formatFa(MAX_PINS_OF_A_QUERY)} محصول سنجاق‌شده دارد: یکی از سنجاق‌هایش را حذف کنید.`,
  })
}

function tooManyRules(): Problem {
  return new Problem(409, 'too_many_rules', {
    en: `A tenant has at most ${MAX_RULES} pins and hides: delete one.`,
    fa: `حداکثر ${formatFa(MAX_RULES)} سنجاق و پنهان‌سازی ممکن است: یکی را حذف کنید.`,
  })
}

function issueAt(path: string, en: string, fa: string): Problem {
  return invalidInput([{ path, detail: { en, fa } }])
}
