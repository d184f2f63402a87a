import { useEffect, useRef, useState } from 'react'
import { type Query, withQuery } from './client.ts'
import { EVENTS_PATH, type ShopEvent } from './events.ts'

export type LiveState = 'connecting' | 'live' | 'lost'

/**
 * Follows events as they come, for as long as `isOn`. The browser connects again by itself after an interruption and goes on where it
 * was; a refusal it does not try again, so we do, after a while.
 */
export function useLiveEvents(
  scope: Query,
  isOn: boolean,
  hear: { onEvents: (events: ShopEvent[]) => void; onGap: () => void },
): LiveState {
  const [state, setState] = useState<LiveState>('connecting')
  const [attempt, setAttempt] = useState(0)
  const latest = useRef(hear)
  latest.current = hear
  const address = withQuery(`${EVENTS_PATH}/live/`, scope)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another connection.
  useEffect(() => {
    if (!isOn) return
    setState('connecting')
    const source = new EventSource(address)
    let retry: ReturnType<typeof setTimeout> | undefined
    let isStarted = false
    source.addEventListener('ready', () => {
      isStarted = true
      setState('live')
      // Events between the read of the list and the start of the stream are in neither.
      latest.current.onGap()
    })
    source.addEventListener('events', (message) => {
      setState('live')
      latest.current.onEvents(JSON.parse(message.data) as ShopEvent[])
    })
    source.addEventListener('gap', () => latest.current.onGap())
    source.addEventListener('open', () => {
      if (isStarted) setState('live')
    })
    source.addEventListener('error', () => {
      setState('lost')
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(() => setAttempt((count) => count + 1), 10_000)
    })
    return () => {
      clearTimeout(retry)
      source.close()
    }
  }, [address, isOn, attempt])
  return state
}
