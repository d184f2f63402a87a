import { setImmediate as nextTurn } from 'node:timers/promises'
import { EMBED_STAGE } from '../knowledge/chunks/chunk-products.ts'
import { DocumentSetBody, DocumentSetReceipt, MAX_SET_BYTES } from '../knowledge/documents/document-schemas.ts'
import { type ReadSet, readSet } from '../knowledge/documents/read-set.ts'
import { type CutDocument, cutDocument, storedHashes, storeSet } from '../knowledge/documents/store-set.ts'
import type { Access, Database } from '../platform/db/database.ts'
import { Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { type Localised, negotiateLanguage } from '../platform/i18n.ts'
import type { Log } from '../platform/log.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_SHOP } from '../tenants/credentials.ts'

/** A full set has about 5,000 passages. */
const STATEMENT_TIMEOUT_MS = 7_500

const MESSAGES: Record<'stored' | 'unchanged', Localised> = {
  stored: { en: 'The pages were stored.', fa: 'برگه‌ها ذخیره شدند.' },
  unchanged: { en: 'The pages are stored already.', fa: 'این برگه‌ها پیش‌تر ذخیره شده‌اند.' },
}

interface Parts {
  db: Database
  queue: Queue
  auth: Authenticator
  log: Log
}

/** Receives the pages that a shop's owner chose, and facts about the shop, always as a whole. */
export function documentRoutes(app: Http, { db, queue, auth, log }: Parts): void {
  app.put(
    '/api/integrations/woocommerce/documents/',
    {
      schema: {
        operationId: 'sendDocuments',
        summary: 'Send all pages that an AI may answer from, and facts about the shop; absent pages are deleted',
        tags: ['shop'],
        security: BY_SHOP,
        body: DocumentSetBody,
        response: { 200: DocumentSetReceipt },
        problems: [404, 409],
        example: {
          body: {
            version: 1762768200123456,
            documents: [
              {
                id: 12,
                kind: 'shipping',
                title: 'Shipping',
                content: '<p>We ship within two working days.</p>',
                url: 'https://shop.example/shipping/',
                language: 'en-US',
                date_modified: '2025-11-10T09:30:00Z',
              },
            ],
            shop: { name: 'Example shop', phone: '021-1234', shipping_zones: ['Tehran'], payment_methods: ['Card'] },
          },
        },
      },
      bodyLimit: MAX_SET_BYTES,
    },
    async (request) => {
      const shop = await auth.shop(request)
      const access = db.forTenant(shop.tenantId)
      const set = await readSet(request.body, nextTurn)
      const cut = await cutChanged(access, shop.storeId, set)
      const receipt = await access.transaction(
        async (tx) => {
          const stored = await storeSet(tx, shop, set, cut)
          if (stored.status === 'stored' && stored.pending > 0) await queue.wake(tx, EMBED_STAGE)
          return stored
        },
        { limitMs: STATEMENT_TIMEOUT_MS },
      )
      if (receipt.status === 'ahead') throw setAhead()
      if (receipt.status === 'refused') throw olderSet(receipt.storedVersion)
      if (receipt.status === 'no store') throw storeGone()
      log.info({ storeId: shop.storeId, ...receipt, documents: set.documents.length }, 'documents.stored')
      return {
        status: receipt.status,
        version: set.version,
        documents: set.documents.length,
        message: MESSAGES[receipt.status][negotiateLanguage(request.headers['accept-language'])],
      }
    },
  )
}

/** Cuts the documents with another text than the stored one, before the transaction. */
async function cutChanged(access: Access, storeId: number, { documents }: ReadSet): Promise<CutDocument[]> {
  const stored = await storedHashes(access, storeId)
  const cut: CutDocument[] = []
  for (const document of documents) {
    const isStored = stored.get(document.externalId) === document.contentHash
    cut.push({ document, wanted: isStored ? null : cutDocument(document) })
    // One document takes up to 60 ms of CPU: other requests are answered in between.
    if (!isStored) await nextTurn()
  }
  return cut
}

function olderSet(storedVersion: number): Problem {
  return new Problem(
    409,
    'version_conflict',
    {
      en: `A newer set of pages is stored (version ${storedVersion}): send the current pages with a greater version.`,
      fa: `مجموعهٔ تازه‌تری از برگه‌ها ذخیره شده است (نسخهٔ ${storedVersion}): برگه‌های کنونی را با نسخه‌ای بزرگ‌تر بفرستید.`,
    },
    { extensions: { stored_version: String(storedVersion) } },
  )
}

function setAhead(): Problem {
  const detail: Localised = {
    en: 'is more than 24 hours ahead of the time of receipt: the clock of the shop’s server is wrong. Ask the hosting provider to correct it (NTP)',
    fa: 'بیش از ۲۴ ساعت جلوتر از زمان دریافت است، پس ساعت سرور فروشگاه درست نیست: از میزبان بخواهید آن را تنظیم کند (NTP)',
  }
  return new Problem(
    400,
    'invalid_input',
    { en: `version: ${detail.en}.`, fa: `version: ${detail.fa}.` },
    { issues: [{ path: 'version', detail }] },
  )
}

function storeGone(): Problem {
  return new Problem(404, 'not_found', {
    en: 'The store was deleted: connect the shop with a new token.',
    fa: 'این فروشگاه حذف شده است: فروشگاه را با توکنی تازه وصل کنید.',
  })
}
