import { Readable } from 'node:stream'
import { binder } from '../platform/db/binder.ts'
import type { Database, SqlValue } from '../platform/db/database.ts'
import type { TenantScope } from '../platform/db/tenant-scope.ts'
import type { Language } from '../platform/i18n.ts'
import type { Log } from '../platform/log.ts'
import { EVENT_COLUMNS, type EventView, withReasonIn } from './event-view.ts'
import { tenantCondition } from './find-events.ts'

/** Poll interval for each tenant with viewers, independent of their number. */
const POLL_INTERVAL_MS = 1_000
/** Number of newest events that are watched; a change of an older event appears when the list is reloaded. */
const MAX_WATCHED_EVENTS = 100
/** Interval of comment lines that keep proxies from closing an idle connection. */
const HEARTBEAT_MS = 15_000
/** Maximum unread bytes; a slower reader is disconnected and reconnects. */
const MAX_WAITING_BYTES = 1_000_000

export interface Watcher {
  scope: TenantScope
  storeId: number | null
  language: Language
  /** The id of the last message that a reconnecting client received. */
  lastMessageId: string | undefined
  /** Called every 10 s: whether the client may continue. */
  mayContinue(): Promise<boolean>
}

export interface EventStream {
  /** Sends `events` with a list of new and changed events, oldest first; `gap` when some were missed. */
  watch(watcher: Watcher): Readable
  watching(): number
  stop(): void
}

const ACCESS_CHECK_INTERVAL_MS = 10_000

interface Viewer extends Watcher {
  stream: Readable
  isWaiting: boolean
}

/** Shared by all viewers of the same tenant. */
interface Room {
  viewers: Set<Viewer>
  timer: NodeJS.Timeout
  /** The last seen state of each watched event, by id; null before the first poll. */
  seen: Map<number, string> | null
}

/**
 * Server-sent events of the event log, by polling its newest rows: receiving and applying need no extra work, and it works with one
 * process or several.
 */
export function createEventStream(db: Database, log: Log): EventStream {
  const rooms = new Map<TenantScope, Room>()
  let isStopped = false

  const look = async (scope: TenantScope, room: Room) => {
    const events = await readNewest(db, scope)
    const before = room.seen
    const first = before === null
    const changed = events.filter((event) => before?.get(event.id) !== signature(event))
    const isGap = before !== null && before.size >= MAX_WATCHED_EVENTS && changed.length >= MAX_WATCHED_EVENTS
    room.seen = new Map(events.map((event) => [event.id, signature(event)]))
    for (const viewer of room.viewers) {
      if (viewer.isWaiting) resume(viewer, events)
      else if (!first && changed.length > 0) tell(viewer, changed, isGap, events)
    }
  }

  /** The first message of a viewer: the changes since the last message that it has. */
  const resume = (viewer: Viewer, events: EventView[]) => {
    viewer.isWaiting = false
    const last = parseMessageId(viewer.lastMessageId)
    if (last === null) {
      send(viewer, 'ready', messageId(events), [])
      return
    }
    const missed = events.filter((event) => event.id > last.id || changedAt(event) >= last.atMs)
    const oldest = events[0]
    tell(viewer, missed, events.length >= MAX_WATCHED_EVENTS && oldest !== undefined && oldest.id > last.id, events)
  }

  const tell = (viewer: Viewer, changed: EventView[], isGap: boolean, all: EventView[]) => {
    const own = changed.filter((event) => viewer.storeId === null || event.store.id === viewer.storeId)
    if (isGap) send(viewer, 'gap', messageId(all), [])
    const told = own.map((event) => withReasonIn(viewer.language, 'error', event))
    if (told.length > 0) send(viewer, 'events', messageId(all), told)
  }

  const send = (viewer: Viewer, name: string, id: string, data: unknown) =>
    write(viewer, `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`)

  const write = (viewer: Viewer, text: string) => {
    if (viewer.stream.destroyed) return
    viewer.stream.push(text)
    if (viewer.stream.readableLength <= MAX_WAITING_BYTES) return
    log.info({ tenant: viewer.scope }, 'event_stream.too_slow')
    viewer.stream.destroy()
  }

  const roomOf = (scope: TenantScope): Room => {
    const known = rooms.get(scope)
    if (known) return known
    let isLooking = false
    const timer = setInterval(() => {
      if (isLooking) return
      isLooking = true
      look(scope, room)
        .catch((error: unknown) => log.warn({ error: String(error) }, 'event_stream.not_read'))
        .finally(() => {
          isLooking = false
        })
    }, POLL_INTERVAL_MS)
    const room: Room = { viewers: new Set(), timer, seen: null }
    rooms.set(scope, room)
    return room
  }

  return {
    watch: (watcher) => {
      const stream = new Readable({ read: () => {} })
      const viewer: Viewer = { ...watcher, stream, isWaiting: true }
      const room = roomOf(watcher.scope)
      room.viewers.add(viewer)
      const heartbeat = setInterval(() => write(viewer, ': still here\n\n'), HEARTBEAT_MS)
      const staying = setInterval(() => {
        viewer.mayContinue().then(
          (mayContinue) => {
            if (!mayContinue) stream.push(null)
          },
          (error: unknown) => log.warn({ error: String(error) }, 'event_stream.not_checked'),
        )
      }, ACCESS_CHECK_INTERVAL_MS)
      stream.on('close', () => {
        clearInterval(heartbeat)
        clearInterval(staying)
        room.viewers.delete(viewer)
        if (room.viewers.size > 0) return
        clearInterval(room.timer)
        rooms.delete(watcher.scope)
      })
      write(viewer, 'retry: 3000\n\n')
      if (isStopped) stream.push(null)
      return stream
    },
    watching: () => [...rooms.values()].reduce((sum, room) => sum + room.viewers.size, 0),
    stop: () => {
      isStopped = true
      for (const room of rooms.values()) for (const { stream } of room.viewers) stream.push(null)
    },
  }
}

/** The newest events, oldest first. */
async function readNewest(db: Database, scope: TenantScope): Promise<EventView[]> {
  const values: SqlValue[] = []
  const where = tenantCondition(scope, binder(values))
  const events = await db
    .inScope(scope)
    .query<EventView>(
      `select ${EVENT_COLUMNS} from events e where ${where.join(' and ')} order by e.id desc limit ${MAX_WATCHED_EVENTS}`,
      values,
    )
  return events.reverse()
}

function signature(event: EventView): string {
  return `${event.status} ${event.attempts} ${event.processed_at?.getTime()}`
}

function changedAt(event: EventView): number {
  return (event.processed_at ?? event.received_at).getTime()
}

/** Identifies the newest event and the newest change that were sent. */
function messageId(events: EventView[]): string {
  return `${events.at(-1)?.id ?? 0}.${Math.max(0, ...events.map(changedAt))}`
}

function parseMessageId(text: string | undefined): { id: number; atMs: number } | null {
  const [, id, atMs] = /^(\d{1,15})\.(\d{1,15})$/.exec(text ?? '') ?? []
  return id === undefined || atMs === undefined ? null : { id: Number(id), atMs: Number(atMs) }
}
