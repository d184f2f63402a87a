import { useState } from 'react'
import type { ShopEvent } from '../../api/events.ts'

/** The filters of the list that can be decided about here, without the server. */
export type LiveFilter = Partial<Record<'status' | 'event_type' | 'success' | 'store_id' | 'woo_product_id', string>>

/** Changes of the live stream, on top of a page of the list that was read before. */
export interface LiveList {
  /** The page with what has changed since; new events only where `takesNew`. */
  merge: (page: ShopEvent[], takesNew: boolean) => ShopEvent[]
  hear: (events: ShopEvent[]) => void
  clear: () => void
  /** Of the new ones those that fit the filter and are not shown. */
  countNew: (page: ShopEvent[]) => number
}

/** More than is ever shown is not kept. */
const KEPT = 200

export function useLiveList(filter: LiveFilter): LiveList {
  const [heard, setHeard] = useState<ReadonlyMap<number, ShopEvent>>(new Map())
  const isNewer = (event: ShopEvent, page: ShopEvent[]) => event.id > (page[0]?.id ?? 0)
  const fresh = (page: ShopEvent[]) =>
    [...heard.values()].filter((event) => isNewer(event, page) && fits(event, filter))
  return {
    merge: (page, takesNew) => {
      const changed = page.map((event) => heard.get(event.id) ?? event).filter((event) => fits(event, filter))
      if (!takesNew) return changed
      const size = Math.max(page.length, 50)
      return [...fresh(page).sort((a, b) => b.id - a.id), ...changed].slice(0, size)
    },
    hear: (events) =>
      setHeard((before) => new Map([...before, ...events.map((event) => [event.id, event] as const)].slice(-KEPT))),
    clear: () => setHeard(new Map()),
    countNew: (page) => fresh(page).length,
  }
}

export function fits(event: ShopEvent, filter: LiveFilter): boolean {
  return (
    (filter.status === undefined || event.status === filter.status) &&
    (filter.event_type === undefined || event.event_type === filter.event_type) &&
    (filter.success === undefined || String(event.processed_successfully) === filter.success) &&
    (filter.store_id === undefined || String(event.store.id) === filter.store_id) &&
    (filter.woo_product_id === undefined || String(event.woo_product_id) === filter.woo_product_id)
  )
}
