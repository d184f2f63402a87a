/** WordPress's form of a missing date. */
const ZERO_DATE = /^0000-00-00/

/**
 * Reads a time such as 2025-11-10T09:30:00Z; without an offset it is UTC. Returns epoch milliseconds; null for no date (`false` is
 * PHP's null); undefined for an invalid one.
 */
export function readTime(value: unknown): number | null | undefined {
  if (value === null || value === undefined || value === '' || value === false) return null
  if (typeof value !== 'string' || value.length > 40) return undefined
  if (ZERO_DATE.test(value)) return null
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/i.exec(value)
  if (!match) return undefined
  const ms = Date.parse(`${match[1]}T${match[2]}${match[3] ?? 'Z'}`)
  return Number.isNaN(ms) || ms < 0 ? undefined : ms
}
