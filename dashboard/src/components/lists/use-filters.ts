import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'wouter'

/** Filters of a page, kept in its address, so that they can be gone back to and handed on. Unset ones are absent. */
export function useFilters<Name extends string>(names: readonly Name[]) {
  const [search, setSearch] = useSearchParams()
  const text = search.toString()
  const key = names.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the texts say whether they changed, the objects are new each time.
  const filters = useMemo(() => {
    const parameters = new URLSearchParams(text)
    const set = names.flatMap((name) => {
      const value = parameters.get(name)
      return value ? [[name, value] as const] : []
    })
    return Object.fromEntries(set) as Partial<Record<Name, string>>
  }, [text, key])
  const setFilters = useCallback(
    (change: Partial<Record<Name, string | null | undefined>>) =>
      setSearch(
        (present) => {
          const next = new URLSearchParams(present)
          for (const [name, value] of Object.entries(change)) {
            if (value) next.set(name, String(value))
            else next.delete(name)
          }
          return next
        },
        { replace: true },
      ),
    [setSearch],
  )
  return { filters, setFilters, isFiltered: Object.keys(filters).length > 0 }
}
