import { invalidInput } from '../platform/errors.ts'

const FIRST = Date.UTC(1, 0, 2)
const LAST = Date.UTC(9999, 11, 30)

/**
 * The moment that a field of format `date-time` names. That format allows texts that are no moment to JavaScript or PostgreSQL
 * (`23:59:60`, the year 0, the year 10000 in another zone). @throws {Problem} 400 that names the field
 */
export function readTime(path: string, text: string): Date {
  const time = new Date(text)
  if (time.getTime() >= FIRST && time.getTime() <= LAST) return time
  throw invalidInput([
    {
      path,
      detail: {
        en: 'must be a time from the year 1 to 9999, such as 2027-01-31T00:00:00Z',
        fa: 'باید زمانی از سال ۱ تا ۹۹۹۹ باشد، مانند 2027-01-31T00:00:00Z',
      },
    },
  ])
}

/** The same for a time at which something ends, which must be ahead. @throws {Problem} 400 that names the field */
export function readEnd(path: string, text: string): Date {
  const time = readTime(path, text)
  if (time.getTime() > Date.now()) return time
  throw invalidInput([
    {
      path,
      detail: {
        en: 'is in the past: the token would never work. Send a time that is ahead, or leave the field out',
        fa: 'در گذشته است و توکن هرگز کار نمی‌کند. زمانی در آینده بفرستید یا این فیلد را نفرستید',
      },
    },
  ])
}
