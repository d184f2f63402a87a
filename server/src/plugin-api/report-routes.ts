import { Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { bodyComponent, component, oneOf } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { type Localised, negotiateLanguage } from '../platform/i18n.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_SHOP } from '../tenants/credentials.ts'
import { readDetails, storeReport } from './plugin-report.ts'
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
  Type.Object({ message: Type.String(), resend: Type.Optional(ResendTask) }),
)

const TAKEN: Localised = { en: 'The report was received.', fa: 'گزارش دریافت شد.' }

/** Receives the state of a shop's plugin, so that the owner sees problems even when no product arrives. */
export function reportRoutes(app: Http, { db, auth }: { db: Database; auth: Authenticator }): void {
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
      })
      if (request.body.resend) await storeResendProgress(sql, shop.storeId, request.body.resend)
      const resend = await openResend(sql, shop.storeId)
      return { message: TAKEN[negotiateLanguage(request.headers['accept-language'])], ...(resend && { resend }) }
    },
  )
}
