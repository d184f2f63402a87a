/**
 * Maximum distance of a version ahead of the time of receipt, in microseconds: 24 hours. A larger one comes from a wrong clock, and
 * the product would accept no update until that time.
 */
export const MAX_AHEAD_US = 24 * 3600 * 1_000_000

/** SQL: converts a timestamptz expression to a version in microseconds. Versions use the database's clock only. */
export function versionOf(time: string): string {
  return `(extract(epoch from ${time}) * 1000000)::bigint`
}

/** SQL: true when the version is within the limit at this time. */
export function isWithinLimit(version: string, time: string): string {
  return `${version} <= ${versionOf(time)} + ${MAX_AHEAD_US}`
}

/**
 * SQL: the effective version of an event. A version from before the limit existed (or from a restored log) may exceed it; it then
 * counts as the time of receipt, like an event without a version.
 */
export function countedVersion(version: string, receivedAt: string): string {
  return `case when ${isWithinLimit(version, receivedAt)} then ${version} else ${versionOf(receivedAt)} end`
}
