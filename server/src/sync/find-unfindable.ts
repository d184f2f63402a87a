import { type Static, Type } from 'typebox'
import { reasonIn, refusedTextIn } from '../catalog/failure-sentences.ts'
import { storedVersion } from '../catalog/products/product-store.ts'
import { pauseSentence } from '../knowledge/cost/budget-routes.ts'
import { pausedReason } from '../knowledge/cost/budgets.ts'
import type { Database } from '../platform/db/database.ts'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { type List, listOf, type Page, readPage } from '../platform/http/lists.ts'
import type { Language, Localised } from '../platform/i18n.ts'
import { WORK_STORE } from '../platform/runtime/fair-turns.ts'
import type { Scope } from '../tenants/scope.ts'
import { type ProviderFacts, readProviderFacts } from './sync-facts.ts'

/** Groups of the list: something must be done · it ends by itself · the shop does not show the product. */
export const UNFINDABLE_GROUPS = ['attention', 'waiting', 'hidden'] as const
export type UnfindableGroup = (typeof UNFINDABLE_GROUPS)[number]

const REASONS = [
  'failed_event',
  'refused_text',
  'refused_product',
  'not_applied',
  'no_text',
  'no_vector',
  'embedding_paused',
  'provider_fails',
  'not_published',
  'hidden',
  'password',
  'not_in_search',
] as const
type Reason = (typeof REASONS)[number]

export const Unfindable = component(
  'UnfindableProduct',
  Type.Object(
    {
      external_id: Type.String({ description: 'the id in the shop, such as woo_414; page_12 for a page' }),
      name: Type.String({ description: 'empty when this server never received the product' }),
      product_id: nullable(Type.Integer({ description: 'null when this server has no such product' })),
      event_id: nullable(Type.Integer({ description: 'the failed event' })),
      group: oneOf(UNFINDABLE_GROUPS, {
        description: 'attention: an action is needed; waiting: it ends by itself; hidden: the shop does not show it',
      }),
      reason: oneOf(REASONS),
      why: Type.String({ description: 'a sentence for the owner, in the language of the reader' }),
      advice: Type.String({ description: 'the next step' }),
      since: time(),
    },
    { description: 'A product that the AI does not find, or of which it knows an old version.' },
  ),
)
export type Unfindable = Static<typeof Unfindable>
export const UnfindableList = listOf('UnfindableList', Unfindable)

export interface Row extends Pick<Unfindable, 'external_id' | 'name' | 'product_id' | 'event_id' | 'group' | 'since'> {
  reason: Reason
  /** The stored reason of a failure. */
  detail: string | null
  budget: 'budget' | 'price_unknown' | null
}

/** The number of a product in the shop, from its external id. */
const NUMBER = `substring(p.external_id from '[0-9]+')::bigint`
const NAMED = `p.external_id, p.name, p.id as product_id`

/** Rows of each group over `$1` (tenant), `$2` (store) and `$3` (another model is being built). The lowest rank of a product is listed. */
const ROWS: Record<UnfindableGroup, string[]> = {
  attention: [
    `select 1 as rank, e.external_product_id as number, 'woo_' || e.external_product_id as external_id, coalesce(p.name, '') as name,
            p.id as product_id, e.id as event_id, 'attention' as "group", 'failed_event' as reason, e.error as detail, e.processed_at as since
       from events e left join products p on p.store_id = e.store_id and p.external_id = 'woo_' || e.external_product_id
      where e.tenant_id = $1 and e.store_id = $2 and e.status = 'dead' and e.dismissed_at is null and e.version >= coalesce(${storedVersion('p.version')}, 0)`,
    `select 2, ${NUMBER}, ${NAMED}, null, 'attention', 'refused_text', c.embedding_error, c.updated_at
       from knowledge_chunks c join products p on p.id = c.product_id and p.is_active
      where c.tenant_id = $1 and c.store_id = $2 and c.embedding_status = 'refused' and c.dismissed_at is null`,
    // Below zero, so that a page never has the number of a product.
    `select 2, -d.external_id, 'page_' || d.external_id, d.title, null::bigint, null, 'attention', 'refused_text', c.embedding_error, c.updated_at
       from knowledge_chunks c join documents d on d.id = c.document_id
      where c.tenant_id = $1 and c.store_id = $2 and c.embedding_status = 'refused' and c.dismissed_at is null`,
    `select 3, (f.item ->> 'id')::bigint, 'woo_' || (f.item ->> 'id'), coalesce(p.name, f.item ->> 'name', ''), p.id, null, 'attention',
            'refused_product', f.item ->> 'reason', r.reported_at
       from plugin_reports r cross join lateral jsonb_array_elements(r.failed_products) as f (item)
       left join products p on p.store_id = r.store_id and p.external_id = 'woo_' || (f.item ->> 'id')
      where r.tenant_id = $1 and r.store_id = $2 and (p.id is null or p.updated_at <= r.reported_at)`,
  ],
  waiting: [
    `select 4 as rank, e.number, 'woo_' || e.number as external_id, coalesce(p.name, '') as name, p.id as product_id, null::bigint as event_id,
            'waiting' as "group", 'not_applied' as reason, null as detail, e.since
       from (select external_product_id as number, min(received_at) as since from events
              where status in ('received', 'retrying') and priority in (0, 1) and ${WORK_STORE} = $2::bigint
              group by external_product_id) e
       left join products p on p.store_id = $2::bigint and p.external_id = 'woo_' || e.number`,
    `select 5, ${NUMBER}, ${NAMED}, null, 'waiting', 'no_text', null, p.updated_at from products p
      where p.tenant_id = $1 and ${WORK_STORE} = $2::bigint and p.priority in (0, 1) and p.is_active and p.chunked_hash is distinct from p.content_hash`,
    `select 6, ${NUMBER}, ${NAMED}, null, 'waiting', 'no_vector', null, c.updated_at
       from (select id, product_id, text_hash, updated_at from knowledge_chunks
              where embedding_status = 'pending' and priority in (0, 1) and ${WORK_STORE} = $2::bigint) c
       join products p on p.id = c.product_id and p.is_active and p.tenant_id = $1
      where not $3::boolean
         or not exists (select 1 from chunk_embeddings v join embedding_profiles f on f.id = v.profile_id and f.state = 'active'
                         where v.chunk_id = c.id and v.text_hash = c.text_hash)`,
  ],
  hidden: [
    `select 7 as rank, ${NUMBER} as number, ${NAMED}, null::bigint as event_id, 'hidden' as "group",
            case when p.status <> 'publish' then 'not_published' when p.password_protected then 'password'
                 when p.is_active then 'not_in_search' else 'hidden' end as reason, null as detail, p.updated_at as since
       from products p
      where p.tenant_id = $1 and p.store_id = $2 and p.deleted_at is null and (not p.is_active or p.catalog_visibility = 'catalog')`,
  ],
}

/** Pages of the list of one store, the newest first. `groups`: without `hidden`, the products that the shop shows. */
export async function findUnfindable(
  db: Pick<Database, 'service'>,
  { sql, tenantId, storeId }: Pick<Scope, 'sql' | 'tenantId' | 'storeId'>,
  groups: UnfindableGroup[],
  request: { query: Parameters<typeof readPage>[2]; url: string; language: Language },
): Promise<Page<Unfindable>> {
  const { list, view } = await unfindableList(db, { tenantId, storeId }, groups)
  const page = await readPage<Row>(sql, list, request.query, request.url)
  return { ...page, results: page.results.map((row) => view(row, request.language)) }
}

/** The same list for exports, and the view of its rows. */
export async function unfindableList(
  db: Pick<Database, 'service'>,
  { tenantId, storeId }: Pick<Scope, 'tenantId' | 'storeId'>,
  groups: UnfindableGroup[],
): Promise<{ list: List; view: (row: Row, language: Language) => Unfindable }> {
  const provider = await readProviderFacts(db.service)
  const parts = groups.flatMap((group) => ROWS[group])
  return {
    list: {
      columns: `u.external_id, u.name, u.product_id, u.event_id, u."group", u.reason, u.detail, u.since,
                (select ${pausedReason('b')} from embedding_budgets b where b.tenant_id = $1) as budget`,
      from: `(select distinct on (number) * from (${parts.join(' union all ')}) every_reason order by number, rank, since desc) u`,
      where: ['$1::bigint is not null and $2::bigint is not null and $3::boolean is not null'],
      values: [tenantId, storeId, provider.isBuilding],
      sort: { sql: 'u.since', type: 'timestamptz', descending: true },
      id: 'u.number',
    },
    view: (row, language) => viewRow(row, provider, language),
  }
}

function viewRow({ detail, budget, ...row }: Row, provider: ProviderFacts, language: Language): Unfindable {
  const reason = reasonNow(row.reason, budget, provider)
  const { why, advice } = SENTENCES[reason]
  const said = {
    failed_event: () => reasonIn(language, detail ?? ''),
    refused_text: () =>
      row.external_id.startsWith('page_') ? REFUSED_PAGE[language] : refusedTextIn(language, detail ?? ''),
    refused_product: () => detail || why[language],
    embedding_paused: () => pauseSentence({ pausedReason: budget }, language) ?? why[language],
  }
  const ownWords = reason in said ? said[reason as keyof typeof said]() : why[language]
  return { ...row, reason, why: ownWords, advice: advice[language] }
}

/** Why a text has no vector: the stage waits, the budget is reached, or the provider does not answer. */
function reasonNow(reason: Reason, budget: Row['budget'], { providerFails }: ProviderFacts): Reason {
  if (reason !== 'no_vector') return reason
  if (budget !== null) return 'embedding_paused'
  return providerFails === true ? 'provider_fails' : 'no_vector'
}

const BY_ITSELF: Localised = {
  en: 'Nothing to do: this ends by itself.',
  fa: 'کاری لازم نیست: این خودبه‌خود پایان می‌یابد.',
}
const REFUSED_PAGE: Localised = {
  en: 'The embedding service refused a text of this page, so only a search by words finds that text.',
  fa: 'سرویس بردار معنایی یکی از متن‌های این برگه را نپذیرفت و آن متن فقط با واژه‌هایش پیدا می‌شود.',
}
const SAVE_AGAIN: Localised = {
  en: 'Correct the product in the shop and save it.',
  fa: 'محصول را در فروشگاه درست و ذخیره کنید.',
}

const SENTENCES: Record<Reason, { why: Localised; advice: Localised }> = {
  failed_event: {
    why: { en: 'The last change could not be applied.', fa: 'آخرین تغییر اعمال نشد.' },
    advice: {
      en: 'Correct the product in the shop and save it, or replay the event on the page “Dead letters”.',
      fa: 'محصول را در فروشگاه درست و ذخیره کنید، یا رویداد را در صفحهٔ «رویدادهای ناموفق» دوباره اجرا کنید.',
    },
  },
  refused_text: {
    why: { en: 'A text was refused.', fa: 'یکی از متن‌ها پذیرفته نشد.' },
    advice: {
      en: 'Change the text in the shop and save it, or replay the text on the page “Dead letters”.',
      fa: 'متن را در فروشگاه تغییر دهید و ذخیره کنید، یا آن را در صفحهٔ «رویدادهای ناموفق» دوباره اجرا کنید.',
    },
  },
  refused_product: {
    why: {
      en: 'The plugin could not send this product.',
      fa: 'افزونه نتوانست این محصول را بفرستد.',
    },
    advice: SAVE_AGAIN,
  },
  not_applied: {
    why: { en: 'A change has arrived and is not applied yet.', fa: 'تغییری رسیده و هنوز اعمال نشده است.' },
    advice: BY_ITSELF,
  },
  no_text: {
    why: { en: 'Its text is not prepared yet.', fa: 'متن آن هنوز آماده نشده است.' },
    advice: BY_ITSELF,
  },
  no_vector: {
    why: {
      en: 'Search by words finds it; its text is not searchable by meaning yet.',
      fa: 'با واژه‌هایش پیدا می‌شود؛ متن آن هنوز از روی معنا قابل جست‌وجو نیست.',
    },
    advice: BY_ITSELF,
  },
  embedding_paused: {
    why: { en: 'The budget is used up.', fa: 'بودجه تمام شده است.' },
    advice: {
      en: 'Ask the operator for a higher budget, or wait for the next month.',
      fa: 'از مدیر سامانه بخواهید بودجه را افزایش دهد، یا تا ماه بعد صبر کنید.',
    },
  },
  provider_fails: {
    why: {
      en: 'Search by words finds it. The embedding service does not answer, so its text is not searchable by meaning.',
      fa: 'با واژه‌هایش پیدا می‌شود. سرویس بردار معنایی پاسخ نمی‌دهد، پس متن آن از روی معنا قابل جست‌وجو نیست.',
    },
    advice: {
      en: 'Nothing to do: the server tries again by itself, and its operator sees the reason.',
      fa: 'کاری لازم نیست: سرور خودبه‌خود دوباره تلاش می‌کند و مدیر سامانه علت را می‌بیند.',
    },
  },
  not_published: {
    why: { en: 'It is not published in the shop.', fa: 'در فروشگاه منتشر نشده است.' },
    advice: { en: 'Publish it if the AI is to find it.', fa: 'اگر هوش مصنوعی باید آن را پیدا کند، منتشرش کنید.' },
  },
  hidden: {
    why: { en: 'Its visibility in the catalogue is “hidden”.', fa: 'در فهرست فروشگاه پنهان است.' },
    advice: {
      en: 'Change its catalogue visibility if the AI is to find it.',
      fa: 'اگر هوش مصنوعی باید آن را پیدا کند، «قابلیت مشاهده در کاتالوگ» آن را تغییر دهید.',
    },
  },
  password: {
    why: { en: 'It is protected by a password.', fa: 'با گذرواژه محافظت می‌شود.' },
    advice: {
      en: 'Remove the password if the AI is to find it.',
      fa: 'اگر هوش مصنوعی باید آن را پیدا کند، گذرواژه را بردارید.',
    },
  },
  not_in_search: {
    why: {
      en: 'Its visibility is “shop only”: a look-up by id or SKU finds it, search does not.',
      fa: 'فقط در فروشگاه نمایش داده می‌شود: با شناسه یا SKU پیدا می‌شود، نه با جست‌وجو.',
    },
    advice: {
      en: 'Change its catalogue visibility to “Shop and search results” if search is to find it.',
      fa: 'اگر جست‌وجو باید آن را پیدا کند، قابلیت مشاهدهٔ آن را «فروشگاه و نتایج جستجو» کنید.',
    },
  },
}
