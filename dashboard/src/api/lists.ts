import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Page } from '../../../server/src/platform/http/lists.ts'
import { chosenLanguage } from '../languages/language.ts'
import { api, type Query, withQuery } from './client.ts'
import type { Wire } from './wire.ts'

/**
 * One page of a list of the API, and the way to its neighbours: `next` and `previous` are links that the server made, taken as
 * they are. Other filters start from the first page. `key` is what mutations invalidate.
 */
export function useList<Row>(
  key: string,
  path: string,
  query: Query,
  options: { refetchMs?: number; enabled?: boolean } = {},
) {
  const filter = JSON.stringify(query)
  const [place, setPlace] = useState<{ filter: string; link: string } | null>(null)
  const link = place?.filter === filter ? place.link : null
  const result = useQuery({
    queryKey: [key, 'list', query, link],
    queryFn: ({ signal }) =>
      link ? api.get<Page<Wire<Row>>>(link, {}, signal) : api.get<Page<Wire<Row>>>(path, query, signal),
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
    ...(options.refetchMs !== undefined && { refetchInterval: options.refetchMs }),
  })
  const goTo = (to: string | null | undefined) => (to ? () => setPlace({ filter, link: to }) : undefined)
  return { ...result, goNext: goTo(result.data?.next), goPrevious: goTo(result.data?.previous) }
}

/** The address of the CSV file of a list: its path and filters, in the chosen language. */
export function csvAddress(path: string, query: Query = {}): string {
  return withQuery(`${path}export/`, { ...query, language: chosenLanguage() })
}
