import { hash } from 'node:crypto'
import { type Issue, invalidInput } from '../../platform/errors.ts'
import { formatFa } from '../../platform/i18n.ts'
import { canonicalText } from '../../platform/text/canonical-text.ts'
import { cleanName, htmlToText } from '../../platform/text/clean-html.ts'
import {
  type DocumentKind,
  type DocumentSetBody,
  MAX_CONTENT_BYTES,
  MAX_URL,
  type SentDocument,
  type SentShop,
  type ShopFacts,
} from './document-schemas.ts'

/** A document without markup, as it is stored. */
export interface ReadDocument {
  externalId: number
  kind: DocumentKind
  title: string
  content: string
  url: string
  language: string
  modifiedAt: Date | null
  contentHash: string
}

export interface ReadSet {
  version: number
  /** Hash of everything but the version. */
  setHash: string
  documents: ReadDocument[]
  shop: ShopFacts | null
}

/**
 * The set of a request as it is stored: texts without markup, addresses of the web only. Pure. `pause` runs after each document, so
 * that 2 MB of HTML do not occupy the process at once. @throws {Problem} 400 for a content above its limit or a repeated id
 */
export async function readSet(body: DocumentSetBody, pause: () => Promise<unknown>): Promise<ReadSet> {
  const issues = issuesOf(body.documents)
  if (issues.length > 0) throw invalidInput(issues)
  const documents: ReadDocument[] = []
  for (const sent of body.documents) {
    documents.push(readDocument(sent))
    await pause()
  }
  documents.sort((a, b) => a.externalId - b.externalId)
  const shop = body.shop === undefined ? null : readShop(body.shop)
  return { version: body.version, setHash: hash('sha256', JSON.stringify([documents, shop])), documents, shop }
}

function issuesOf(documents: SentDocument[]): Issue[] {
  const issues: Issue[] = []
  const seen = new Set<number>()
  for (const [index, { id, content }] of documents.entries()) {
    const bytes = Buffer.byteLength(content)
    if (bytes > MAX_CONTENT_BYTES) {
      issues.push({
        path: `documents.${index}.content`,
        detail: {
          en: `has ${bytes} bytes, and at most ${MAX_CONTENT_BYTES} are possible: shorten the page in the shop`,
          fa: `${formatFa(bytes)} بایت دارد و حداکثر ${formatFa(MAX_CONTENT_BYTES)} ممکن است: برگه را در فروشگاه کوتاه کنید`,
        },
      })
    }
    if (seen.has(id)) {
      issues.push({
        path: `documents.${index}.id`,
        detail: { en: `is not the first document with the id ${id}`, fa: 'پیش‌تر در همین فهرست آمده است' },
      })
    }
    seen.add(id)
  }
  return issues.slice(0, 20)
}

function readDocument({
  id,
  kind,
  title,
  content,
  url,
  language,
  date_modified: modified,
}: SentDocument): ReadDocument {
  const read = { title: cleanName(storable(title)), content: htmlToText(storable(content)) }
  return {
    externalId: id,
    kind,
    ...read,
    url: webAddress(url),
    language: /^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$/.test(language ?? '') ? (language ?? '') : '',
    modifiedAt: timeOf(modified),
    contentHash: hash('sha256', JSON.stringify([canonicalText(read.title), canonicalText(read.content)])),
  }
}

function readShop({ links, shipping_zones: zones, payment_methods: methods, ...texts }: SentShop): ShopFacts {
  const facts = Object.entries({
    name: texts.name,
    address: texts.address,
    hours: texts.hours,
    phone: texts.phone,
    email: texts.email,
  }).map(([key, text]) => [key, cleanName(storable(text ?? ''))])
  const lists = Object.entries({ shipping_zones: zones, payment_methods: methods }).map(([key, list]) => [
    key,
    [...new Set((list ?? []).map((name) => cleanName(storable(name))).filter((name) => name !== ''))],
  ])
  const safe = Object.entries(links ?? {})
    .map(([key, url]) => [storable(key).slice(0, 40), webAddress(url)])
    .filter(([, url]) => url !== '')
  return Object.fromEntries(
    [...facts, ...lists, ['links', Object.fromEntries(safe)]].filter(
      ([, value]) => Object.keys(value ?? '').length > 0,
    ),
  )
}

/** PostgreSQL stores no lone surrogate. (A body with NUL was refused before.) */
function storable(text: string): string {
  return text.toWellFormed()
}

/** An http(s) address, or empty: a page of a shop may not hand a program another scheme. */
function webAddress(given: string | undefined): string {
  const url = storable(given ?? '').trim()
  return url.length <= MAX_URL && /^https?:\/\/[^\s<>"]+$/i.test(url) && URL.canParse(url) ? url : ''
}

/** ISO 8601; without an offset it is UTC. Null for anything else. */
function timeOf(given: string | undefined): Date | null {
  if (given === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(given)) return null
  const at = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(given) ? given : `${given}Z`)
  return Number.isNaN(at.getTime()) ? null : at
}
