import { type Static, Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { type Issue, invalidInput } from '../platform/errors.ts'
import { bodyComponent } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized, MAX_ISSUES } from '../platform/http/validation.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_SHOP } from '../tenants/credentials.ts'
import { beginReconciliation, readCause, recordDrift } from './drift-history.ts'
import {
  compareProducts,
  DifferingRanges,
  Drift,
  findDiffering,
  type IdRange,
  type ListedProduct,
  type RangeDigest,
} from './reconcile.ts'
import { openResend } from './resend.ts'

const MAX_RANGES = 500
const MAX_LISTED = 1_000

const bound = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  ...localized(
    'a product id, or any whole number from 0 to 2^53-1',
    'شناسهٔ محصول، یا هر عدد صحیح از ۰ تا ۲ به توان ۵۳ منهای ۱',
  ),
})

const Range = Type.Object({
  from: bound,
  to: bound,
  count: Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    ...localized('the number of products in the range', 'تعداد محصولات این بازه'),
  }),
  digest: Type.String({
    pattern: '^[0-9a-f]{32}$',
    ...localized('32 hexadecimal digits in lower case', '۳۲ رقم شانزده‌شانزدهی با حروف کوچک'),
  }),
})

const Listed = Type.Object({
  id: idSchema(localized('a product id', 'شناسهٔ یک محصول')),
  hash: Type.String({
    maxLength: 64,
    ...localized(
      'the product_hash: text of at most 64 characters, "" for none',
      'مقدار product_hash: متنی با حداکثر ۶۴ نویسه',
    ),
  }),
})

/** The body of either step; after the schema, the route checks that it contains exactly one step. */
const ReconcileBody = bodyComponent(
  'Reconcile',
  Type.Object({
    ranges: Type.Optional(
      Type.Array(Range, {
        maxItems: MAX_RANGES,
        ...localized('step one: a list of at most 500 ranges', 'گام نخست: فهرستی با حداکثر ۵۰۰ بازه'),
      }),
    ),
    /** Not validated further: a newer plugin may have causes that this server does not know. */
    cause: Type.Optional(
      Type.String({
        pattern: '^[a-z_]{1,40}$',
        ...localized('step one: hourly, daily or manual', 'گام نخست: یکی از hourly، daily یا manual'),
      }),
    ),
    from: Type.Optional(bound),
    to: Type.Optional(bound),
    products: Type.Optional(
      Type.Array(Listed, {
        maxItems: MAX_LISTED,
        ...localized('step two: a list of at most 1,000 products', 'گام دوم: فهرستی با حداکثر ۱٬۰۰۰ محصول'),
      }),
    ),
  }),
)
type ReconcileBody = Static<typeof ReconcileBody>

type Question =
  | { step: 'ranges'; ranges: RangeDigest[] }
  | { step: 'products'; range: IdRange; products: ListedProduct[] }

/** Finds drift between a shop and the server: by digests of ranges first, then product by product in the differing ranges. */
export function reconcileRoutes(app: Http, { db, auth }: { db: Database; auth: Authenticator }): void {
  app.post(
    '/api/integrations/woocommerce/reconcile/',
    {
      schema: {
        operationId: 'findDrift',
        summary: 'Find drift: differing ranges (step one), or differing products of a range (step two)',
        tags: ['shop'],
        security: BY_SHOP,
        body: ReconcileBody,
        response: {
          200: Type.Union([DifferingRanges, Drift], { description: 'The answer to the step that was sent.' }),
        },
        example: { body: { ranges: [{ from: 1, to: 1000, count: 0, digest: '0'.repeat(32) }] } },
      },
    },
    async (request) => {
      const shop = await auth.shop(request)
      const question = readQuestion(request.body)
      const sql = db.forTenant(shop.tenantId)
      const resend = await openResend(sql, shop.storeId)
      if (question.step === 'ranges') {
        const differ = await findDiffering(sql, shop, question.ranges)
        const compared = question.ranges.reduce((sum, { count }) => sum + count, 0)
        await beginReconciliation(sql, shop, { cause: readCause(request.body.cause), compared })
        return { differ, ...(resend && { resend }) }
      }
      const drift = await compareProducts(sql, shop, question.range, question.products)
      await recordDrift(sql, shop, drift)
      return { ...drift, ...(resend && { resend }) }
    },
  )
}

/** @throws {Problem} 400 that names the inconsistent fields */
function readQuestion(body: ReconcileBody): Question {
  const issues = [...issuesOf(body)]
  if (issues.length > 0) throw invalidInput(issues.slice(0, MAX_ISSUES))
  const { ranges, from = 0, to = 0, products = [] } = body
  return ranges ? { step: 'ranges', ranges } : { step: 'products', range: { from, to }, products }
}

function* issuesOf(body: ReconcileBody): Generator<Issue> {
  const { ranges, from, to, products } = body
  const given = STEP_TWO.filter((field) => body[field] !== undefined)
  if (ranges) {
    if (given.length === 0) yield* rangeIssues(ranges)
    else {
      yield issue(
        'ranges',
        `must not be sent together with ${given.join(', ')}: send ranges, or else from, to and products`,
        `نباید همراه ${given.join('، ')} باشد: یا ranges را بفرستید، یا from و to و products را`,
      )
    }
  } else if (given.length === 0) {
    yield issue(
      'ranges',
      'is required, unless from, to and products are sent',
      'لازم است، مگر آنکه from و to و products فرستاده شود',
    )
  } else if (from === undefined || to === undefined || products === undefined) {
    for (const field of STEP_TWO.filter((name) => !given.includes(name))) {
      yield issue(field, `is required together with ${given.join(', ')}`, `همراه ${given.join('، ')} لازم است`)
    }
  } else yield* productIssues({ from, to }, products)
}

const STEP_TWO = ['from', 'to', 'products'] as const

function* rangeIssues(ranges: IdRange[]): Generator<Issue> {
  for (const [index, range] of ranges.entries()) yield* orderIssues(range, `ranges.${index}.`)
  const ascending = ranges.map((range, index) => ({ ...range, index })).sort((a, b) => a.from - b.from)
  let widest = ascending[0]
  for (const range of ascending.slice(1)) {
    if (!widest) break
    if (range.from <= widest.to) {
      yield issue(
        `ranges.${range.index}.from`,
        `must lie outside ranges.${widest.index} (${widest.from} to ${widest.to}): no two ranges may overlap`,
        `باید بیرون از ranges.${widest.index} (${widest.from} تا ${widest.to}) باشد: بازه‌ها نباید هم‌پوشانی داشته باشند`,
      )
    }
    if (range.to > widest.to) widest = range
  }
}

function* productIssues(range: IdRange, products: ListedProduct[]): Generator<Issue> {
  yield* orderIssues(range, '')
  const seen = new Map<number, number>()
  for (const [index, { id }] of products.entries()) {
    const first = seen.get(id)
    if (first !== undefined) {
      yield issue(
        `products.${index}.id`,
        `must not be the same as products.${first}.id (${id})`,
        `نباید با products.${first}.id (${id}) یکسان باشد`,
      )
    } else if (id < range.from || id > range.to) {
      yield issue(
        `products.${index}.id`,
        `must be from ${range.from} to ${range.to}, but it is ${id}`,
        `باید از ${range.from} تا ${range.to} باشد، ولی ${id} است`,
      )
    }
    seen.set(id, first ?? index)
  }
}

function* orderIssues({ from, to }: IdRange, path: string): Generator<Issue> {
  if (from <= to) return
  yield issue(
    `${path}to`,
    `must not be less than from (${from}), but it is ${to}`,
    `نباید کمتر از from (${from}) باشد، ولی ${to} است`,
  )
}

function issue(path: string, en: string, fa: string): Issue {
  return { path, detail: { en, fa } }
}
