import { type Static, Type } from 'typebox'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import type { ReadSync } from '../sync/read-sync.ts'
import type { SyncCause } from '../sync/sync-machine.ts'

export const QuietStore = component(
  'QuietStore',
  Type.Object(
    {
      id: Type.Integer(),
      name: Type.String(),
      state: oneOf(['never_connected', 'no_events', 'quiet'], {
        description:
          'never_connected: its token was never used; no_events: the token was used, but no product arrived; quiet: no sign of life for days',
      }),
      created_at: time(),
      last_contact_at: nullable(time('last use of its token, exact within 5 s')),
      last_event_at: nullable(time('exact to the hour when the log is trimmed')),
    },
    { description: 'A store in the state `quiet`.' },
  ),
)
export type QuietStore = Static<typeof QuietStore>

/** Entries of a list of stores in an answer. */
export const MAX_LISTED_STORES = 50

const STATES: Partial<Record<SyncCause, QuietStore['state']>> = {
  never_connected: 'never_connected',
  nothing_sent: 'no_events',
  silent: 'quiet',
}

/** The stores in the state `quiet`, the longest silent first. */
export function quietStores(stores: ReadSync[]): QuietStore[] {
  const quiet = stores.flatMap(({ sync, id, name, createdAt, lastContactAt, lastEventAt }): QuietStore[] => {
    const state = sync.state === 'quiet' ? STATES[sync.causes[0] ?? 'silent'] : undefined
    if (!state) return []
    return [{ id, name, state, created_at: createdAt, last_contact_at: lastContactAt, last_event_at: lastEventAt }]
  })
  const since = (store: QuietStore) => (store.last_event_at ?? store.created_at).getTime()
  return quiet.sort((a, b) => since(a) - since(b)).slice(0, MAX_LISTED_STORES)
}
