/** Products of one page, as Torob's guide fixes it, and entries of one list. */
export const PAGE_SIZE = 100
const MAX_PAGE = 1_000_000
const MAX_ENTRY = 2_000

export const SORTS = ['date_added_desc', 'date_updated_desc'] as const
export type Sort = (typeof SORTS)[number]

export type TorobRequest = { pageUrls: string[] } | { pageUniques: string[] } | { page: number; sort: Sort }

/** The body is none of the three forms; the message is the answer's `error`. */
export class BadTorobRequest extends Error {
  override name = 'BadTorobRequest'
}

/**
 * Reads a body: exactly one of `page_urls`, `page_uniques`, or `page` with `sort`. Other fields are ignored, so that Torob can add some.
 * Nothing has a default, as the guide demands. @throws {BadTorobRequest}
 */
export function readTorobRequest(body: unknown): TorobRequest {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw new BadTorobRequest('the body must be a JSON object')
  const { page_urls: urls, page_uniques: uniques, page, sort } = body as Record<string, unknown>
  const forms = [urls, uniques, page ?? sort].filter((value) => value !== undefined)
  if (forms.length !== 1) throw new BadTorobRequest('send exactly one of page_urls, page_uniques, or page with sort')
  if (urls !== undefined) return { pageUrls: readList('page_urls', urls) }
  if (uniques !== undefined) return { pageUniques: readList('page_uniques', uniques) }
  if (page === undefined) throw new BadTorobRequest('page parameter is not provided')
  if (sort === undefined) throw new BadTorobRequest('sort parameter is not provided')
  if (typeof page !== 'number' || !Number.isInteger(page) || page < 1 || page > MAX_PAGE)
    throw new BadTorobRequest('page must be a whole number from 1')
  const known = SORTS.find((one) => one === sort)
  if (known === undefined) throw new BadTorobRequest(`sort must be one of ${SORTS.join(', ')}`)
  return { page, sort: known }
}

function readList(name: string, value: unknown): string[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= PAGE_SIZE
  if (!isList || !value.every((entry) => typeof entry === 'string' && entry !== '' && entry.length <= MAX_ENTRY))
    throw new BadTorobRequest(`${name} must be a list of 1 to ${PAGE_SIZE} texts`)
  // PostgreSQL holds no NUL.
  return (value as string[]).filter((entry) => !entry.includes('\0'))
}
