import { useEffect, useState } from 'react'
import type { Progress } from '../../../api/stores.ts'

/** A shop sends its batches closer together than this. */
const QUIET_MS = 6_000
/** Nothing is under way where nothing came for so long; clocks may differ by less. */
const LONG_AGO_MS = 120_000

/**
 * True when a first sync is complete, also when some of its products need attention. The shop does not send the total number, and
 * all received products may be searchable between two of its batches. The sync therefore counts as complete when no event has
 * arrived for a while.
 */
export function useSettled({ sync, events, last_event_at: lastEvent }: Progress): boolean {
  const isOld = lastEvent !== null && Date.now() - new Date(lastEvent).getTime() > LONG_AGO_MS
  const [quietSince, setQuietSince] = useState(-1)
  useEffect(() => {
    const timer = setTimeout(() => setQuietSince(events.received), QUIET_MS)
    return () => clearTimeout(timer)
  }, [events.received])
  // A budget that is used up may hold texts back for weeks.
  const isWorking = events.received === 0 || (sync.waiting > 0 && sync.state !== 'paused')
  return !isWorking && (isOld || quietSince === events.received)
}
