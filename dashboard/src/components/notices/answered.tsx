import type { ReactNode } from 'react'
import { ErrorNotice } from './error-notice.tsx'
import { LinesSkeleton } from './skeletons.tsx'

interface Props<Data> {
  /** Of `useQuery` or `useList`. */
  query: { data: Data | undefined; error: Error | null; refetch: () => unknown }
  skeleton?: ReactNode
  children: (data: Data) => ReactNode
}

/** Shows what was asked for once it is there; until then a skeleton, or why it is not. What was there stays when a refresh fails. */
export function Answered<Data>({ query, skeleton, children }: Props<Data>) {
  const { data, error } = query
  if (data !== undefined) return children(data)
  if (error) return <ErrorNotice error={error} onRetry={() => query.refetch()} />
  return skeleton ?? <LinesSkeleton />
}
