import { useCallback } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import { useSession } from '../api/session.ts'

/**
 * The selected tenant: an admin's choice of one tenant (by its user) in the address; null shows all. For an owner the server
 * ignores this choice.
 */
export function useScope(): { userId: string | null; scope: { user_id?: string } } {
  const { data: me } = useSession()
  const [search] = useSearchParams()
  const userId = me?.role === 'admin' ? search.get('user_id') : null
  return { userId, scope: userId ? { user_id: userId } : {} }
}

/** Addresses within the dashboard that keep the tenant that was chosen. */
export function useHref(): (path: string) => string {
  const { userId } = useScope()
  return useCallback(
    (path) => (userId ? `${path}${path.includes('?') ? '&' : '?'}user_id=${encodeURIComponent(userId)}` : path),
    [userId],
  )
}

/** Goes to a page and keeps the tenant that was chosen. */
export function useGo(): (path: string) => void {
  const href = useHref()
  const [, go] = useLocation()
  return useCallback((path) => go(href(path)), [go, href])
}
