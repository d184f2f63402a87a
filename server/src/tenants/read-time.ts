import { invalidInput } from '../platform/errors.ts'

const FIRST = Date.UTC(1, 0, 2)
const LAST = Date.UTC(9999, 11, 30)

/**
 * Parses a field of format `date-time`. The format allows values that JavaScript or PostgreSQL reject (`23:59:60`, year 0, year
 * 10000 in another time zone). @throws {Problem} 400 that names the field
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

/** The same for an expiry time, which must be in the future. @throws {Problem} 400 that names the field */
export function readEnd(path: string, text: string): Date {
  const time = readTime(path, text)
  if (time.getTime() > Date.now()) return time
  throw invalidInput([
    {
      path,
      detail: {
        en: 'is in the past: the token would never work. Send a time in the future, or omit the field',
        fa: 'در گذشته است و توکن هرگز کار نمی‌کند. زمانی در آینده بفرستید یا این فیلد را نفرستید',
      },
    },
  ])
}
