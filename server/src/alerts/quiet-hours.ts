/** Hours in which a channel holds its messages back: minutes of the day in a time zone, the end excluded. May pass midnight. */
export interface QuietHours {
  from: number
  to: number
  timeZone: string
}

const DAY_MINUTES = 24 * 60

/**
 * The end of the quiet hours that `now` is in; null outside of them. On the night of a clock change it may be an hour off, so the
 * sender asks again at that time. Pure.
 */
export function quietUntil(now: Date, hours: QuietHours | null): Date | null {
  if (hours === null) return null
  const minute = minuteOfDay(now, hours.timeZone)
  const { from, to } = hours
  const isQuiet = from < to ? minute >= from && minute < to : minute >= from || minute < to
  if (!isQuiet) return null
  const minutesLeft = (to - minute + DAY_MINUTES) % DAY_MINUTES
  return new Date(Math.floor(now.getTime() / 60_000) * 60_000 + minutesLeft * 60_000)
}

function minuteOfDay(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    .formatToParts(at)
    .map(({ type, value }) => [type, Number(value)] as const)
  const of = (wanted: string) => parts.find(([type]) => type === wanted)?.[1] ?? 0
  return 60 * of('hour') + of('minute')
}

/** "22:30" as minutes of the day; null for another form. */
export function minutesOf(clock: string): number | null {
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(clock) ?? []
  return hour === undefined || minute === undefined ? null : 60 * Number(hour) + Number(minute)
}

/** Minutes of the day as "22:30". */
export function clockOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

/** True for a time zone that this machine knows, such as Asia/Tehran. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
