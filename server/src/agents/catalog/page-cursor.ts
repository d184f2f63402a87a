import { createHash } from 'node:crypto'
import type { Reader } from '../../tenants/authenticate.ts'
import { InvalidParams } from './refusals.ts'

/**
 * A cursor is opaque to callers. It holds the place where the next page begins and a hash of the question and of the caller's scope:
 * a cursor of another question, or of another tenant, is refused instead of answering with the wrong page.
 */
export interface Pages {
  /** The place in a cursor of this question. @throws {InvalidParams} for any other text */
  placeOf(cursor: string | undefined): number
  cursorAt(place: number): string
}

/** Pages of `question`: everything that decides which results there are, except their number per page. */
export function pagesOf({ tenantId, storeId, environment }: Reader, question: unknown): Pages {
  const key = createHash('sha256')
    .update(JSON.stringify([tenantId, storeId, environment, question]))
    .digest('base64url')
    .slice(0, 16)
  return {
    placeOf: (cursor) => {
      if (cursor === undefined) return 0
      const [given, place = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split('.')
      const number = Number(place)
      if (given === key && /^[1-9]\d{0,14}$/.test(place) && Number.isSafeInteger(number)) return number
      throw new InvalidParams('invalid_cursor', {
        en: 'pagination.cursor: this cursor belongs to another question or another token. Repeat the request without it.',
        fa: 'pagination.cursor: این نشانگر متعلق به پرسش یا توکن دیگری است. درخواست را بدون آن تکرار کنید.',
      })
    },
    cursorAt: (place) => Buffer.from(`${key}.${place}`, 'latin1').toString('base64url'),
  }
}
