import { Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { bodyComponent, component, nullable, oneOf, time } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { formatFa, type Language, type Localised, negotiateLanguage } from '../platform/i18n.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_SHOP } from '../tenants/credentials.ts'
import type { Scope } from '../tenants/scope.ts'
import { MAX_FAILED_PRODUCTS, readDetails, readFailedProducts, storeReport } from './plugin-report.ts'
import { openResend, ResendTask, storeResendProgress } from './resend.ts'

/** The end of the year 9999, the limit of all date types used here. */
const LAST_SECOND = 253_402_300_799

const moment = Type.Optional(
  Type.Union(
    [Type.Integer({ minimum: 0, maximum: LAST_SECOND }), Type.Null()],
    localized('seconds of the epoch, or null', 'ثانیه‌های epoch یا null'),
  ),
)
const count = Type.Integer({
  minimum: 0,
  maximum: 2 ** 31 - 1,
  ...localized('a whole number from 0 to 2^31-1', 'یک عدد صحیح از ۰ تا ۲ به توان ۳۱ منهای ۱'),
})

const ReportBody = bodyComponent(
  'PluginReport',
  Type.Object({
    version: Type.String({
      pattern: '^[0-9A-Za-z.+_-]{1,50}$',
      ...localized('the version of the plugin, such as 1.1.0', 'نسخهٔ افزونه، مانند 1.1.0'),
    }),
    state: Type.String({
      pattern: '^[a-z_]{1,40}$',
      ...localized(
        'ok, syncing, failed_products, stuck, wall, no_answer, no_background, low_memory, paused or catching_up, or another word of a-z and _',
        'یکی از ok، syncing، failed_products، stuck، wall، no_answer، no_background، low_memory، paused یا catching_up، یا واژه‌ای دیگر از a تا z و _',
      ),
    }),
    since: moment,
    waiting: count,
    failed: count,
    oldest_waiting_at: moment,
    /** Not validated either: entries without a number are left out. */
    failed_products: Type.Optional(
      Type.Unknown(
        localized(
          `a list of the first ${MAX_FAILED_PRODUCTS} failed products as {"id","name","reason"}; other values are left out`,
          `فهرست نخستین ${formatFa(MAX_FAILED_PRODUCTS)} محصول ناموفق به شکل {"id","name","reason"}`,
        ),
      ),
    ),
    resend: Type.Optional(
      Type.Object(
        {
          id: idSchema(localized('the id of a task', 'شناسهٔ یک درخواست')),
          state: oneOf(['taken', 'done'], localized('taken or done', 'taken یا done')),
          done: count,
          total: count,
        },
        localized('the progress of a task: id, state, done and total', 'پیشرفت یک درخواست: id، state، done و total'),
      ),
    ),
    /** Not validated: optional details must not cause a rejection (plugin-report.ts keeps what fits). */
    details: Type.Optional(
      Type.Unknown(
        localized(
          'an object of at most 20 texts and numbers; other values are left out',
          'شیئی با حداکثر ۲۰ متن و عدد',
        ),
      ),
    ),
  }),
)

const Receipt = component(
  'PluginReportReceipt',
  Type.Object({
    message: Type.String(),
    resend: Type.Optional(ResendTask),
    sync: nullable(
      Type.Object(
        {
          state: Type.String({ description: 'paused, needs_attention, syncing, quiet or in_sync' }),
          sentence: Type.String(),
          at: time('the moment of the sentence'),
        },
        {
          description: 'the state of the store, as the dashboard shows it; null: the store was deleted at this moment',
        },
      ),
    ),
  }),
)

const TAKEN: Localised = { en: 'The report was received.', fa: 'گزارش دریافت شد.' }

interface Parts {
  db: Database
  auth: Authenticator
  /** The states of the stores of a scope, by id: a slice that follows this one reads them. */
  syncOf(
    scope: Pick<Scope, 'sql' | 'tenantId' | 'storeId'>,
    language: Language,
  ): Promise<Map<number, { sync: { state: string; sentence: string }; facts: { now: Date } }>>
}

/**
 * Receives the state of a shop's plugin, so that the owner sees problems even when no product arrives. The answer has the sentence
 * that the dashboard shows about the store, for the plugin's own page.
 */
export function reportRoutes(app: Http, { db, auth, syncOf }: Parts): void {
  app.post(
    '/api/integrations/woocommerce/report/',
    {
      schema: {
        operationId: 'reportPlugin',
        summary: 'Report the state of the plugin',
        tags: ['shop'],
        security: BY_SHOP,
        body: ReportBody,
        response: { 200: Receipt },
        example: { body: { version: '1.1.0', state: 'stuck', since: 1762768200, waiting: 6, failed: 0 } },
      },
    },
    async (request) => {
      const shop = await auth.shop(request)
      const { version, state, since, waiting, failed, oldest_waiting_at: oldest, details } = request.body
      const sql = db.forTenant(shop.tenantId)
      await storeReport(sql, shop.storeId, {
        version,
        state,
        // PHP sends 0 for an unknown time.
        since: since || null,
        waiting,
        failed,
        oldestWaitingAt: oldest || null,
        details: readDetails(details),
        failedProducts: readFailedProducts(request.body.failed_products),
      })
      if (request.body.resend) await storeResendProgress(sql, shop.storeId, request.body.resend)
      const resend = await openResend(sql, shop.storeId)
      const language = negotiateLanguage(request.headers['accept-language'])
      const { storeId, tenantId } = shop
      const found = (await syncOf({ sql, tenantId, storeId }, language)).get(storeId)
      const sync = found ? { state: found.sync.state, sentence: found.sync.sentence, at: found.facts.now } : null
      return { message: TAKEN[language], sync, ...(resend && { resend }) }
    },
  )
}
