/**
 * How far a version may lie ahead of the time of receipt, in microseconds: 24 hours. A version beyond that comes from a clock that is
 * wrong, and a product that took it would accept nothing until that time has come.
 */
export const MAX_AHEAD_US = 24 * 3600 * 1_000_000

/** SQL: a time (an expression of type timestamptz) as a version, in microseconds. The database's clock is the only one for versions. */
export function versionOf(time: string): string {
  return `(extract(epoch from ${time}) * 1000000)::bigint`
}

/** SQL: whether a version could have been accepted at this time. */
export function isBelievable(version: string, time: string): string {
  return `${version} <= ${versionOf(time)} + ${MAX_AHEAD_US}`
}

/**
 * SQL: the version of an event, as it counts. One from a time before the limit (or from a log that was restored) may lie further ahead
 * of its receipt: it then counts as one without a version, received at that time.
 */
export function countedVersion(version: string, receivedAt: string): string {
  return `case when ${isBelievable(version, receivedAt)} then ${version} else ${versionOf(receivedAt)} end`
}
