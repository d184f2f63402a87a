import { useEffect, useState } from 'react'
import type { Progress } from '../../../api/stores.ts'

/** A shop sends its batches closer together than this. */
const QUIET_MS = 6_000
/** Nothing is under way where nothing came for so long; clocks may differ by less. */
const LONG_AGO_MS = 120_000

/**
 * Whether a first sync is over. The shop does not say how much is to come: all that came may be searchable between two of its batches.
 * So it is over once nothing more has come for a while.
 */
export function useSettled({ state, events, last_event_at: lastEvent }: Progress): boolean {
  const isOld = lastEvent !== null && Date.now() - new Date(lastEvent).getTime() > LONG_AGO_MS
  const [quietSince, setQuietSince] = useState(-1)
  useEffect(() => {
    const timer = setTimeout(() => setQuietSince(events.received), QUIET_MS)
    return () => clearTimeout(timer)
  }, [events.received])
  return state === 'searchable' && (isOld || quietSince === events.received)
}
