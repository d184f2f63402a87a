import type { BackupSchedule } from '../../platform/config.ts'

const DAY_MS = 86_400_000

/** The last time at or before `now` at which a backup was to begin. Pure. */
export function lastTime(schedule: BackupSchedule, now: Date): Date {
  const today = timeOn(schedule, now)
  return today <= now ? today : timeOn(schedule, new Date(now.getTime() - DAY_MS))
}

/** The next time after `now`. Pure. */
export function nextTime(schedule: BackupSchedule, now: Date): Date {
  const today = timeOn(schedule, now)
  return today > now ? today : timeOn(schedule, new Date(now.getTime() + DAY_MS))
}

/** The scheduled time on the day that `day` is in the time zone. A clock time that a change of the clocks skips is taken an hour later. */
function timeOn({ hour, minute, timeZone }: BackupSchedule, day: Date): Date {
  const { year, month, date } = wallClock(day, timeZone)
  const wanted = Date.UTC(year, month - 1, date, hour, minute)
  let time = wanted
  // The offset of the zone is that of the result: a second round corrects it on days when the clocks change.
  for (let round = 0; round < 2; round += 1) time = wanted - offsetMs(new Date(time), timeZone)
  return new Date(time)
}

function offsetMs(at: Date, timeZone: string): number {
  const { year, month, date, hour, minute } = wallClock(at, timeZone)
  return Date.UTC(year, month - 1, date, hour, minute) - Math.floor(at.getTime() / 60_000) * 60_000
}

function wallClock(at: Date, timeZone: string) {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(at)
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value)
  return { year: of('year'), month: of('month'), date: of('day'), hour: of('hour'), minute: of('minute') }
}
