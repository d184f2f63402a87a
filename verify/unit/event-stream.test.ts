import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createEventStream, type EventStream } from '../../server/src/events/event-stream.ts'
import type { EventView } from '../../server/src/events/event-view.ts'
import type { Database } from '../../server/src/platform/db/database.ts'
import { createLog } from '../../server/src/platform/log.ts'

/** The newest rows of a log, newest first. */
let rows: EventView[]
let streams: EventStream
const log = createLog('silent')
const db = { inScope: () => ({ query: async () => [...rows] }) } as unknown as Database
const WATCHER = {
  language: 'en' as const,
  scope: 1,
  storeId: null,
  lastMessageId: undefined,
  mayContinue: async () => true,
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  rows = []
  streams = createEventStream(db, log)
})
afterEach(() => vi.useRealTimers())

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** A hundred events, each looked at once more than before, with an error of so many characters. */
function happen(attempts: number, characters: number): void {
  rows = Array.from({ length: 100 }, (_, at) => {
    const times = { received_at: new Date(0), processed_at: null }
    const event = {
      id: 100 - at,
      status: 'retrying',
      attempts,
      error: 'x'.repeat(characters),
      store: { id: 1 },
      ...times,
    }
    return event as EventView
  })
}

/** A client that reads everything that arrives. */
function read(stream: ReturnType<EventStream['watch']>): { text: string } {
  const heard = { text: '' }
  stream.setEncoding('utf8').on('data', (text: string) => {
    heard.text += text
  })
  return heard
}
const count = (text: string, words: string) => text.split(words).length - 1

test('an idle stream is kept open by a comment line every 15 s, and leaves no timer behind', async () => {
  const stream = streams.watch(WATCHER)
  const heard = read(stream)
  await pass(14_999)
  expect(heard.text).toContain('event: ready')
  expect(count(heard.text, ': still here\n\n')).toBe(0)
  await pass(1)
  expect(count(heard.text, ': still here\n\n')).toBe(1)
  await pass(15_000)
  expect(count(heard.text, ': still here\n\n')).toBe(2)
  stream.destroy()
  await pass(0)
  expect([streams.watching(), vi.getTimerCount()]).toEqual([0, 0])
})

test('a client that does not read is cut off at a megabyte, not before, and costs the other clients nothing', async () => {
  const sleeper = streams.watch(WATCHER)
  const reader = streams.watch(WATCHER)
  const heard = read(reader)
  await pass(1_000)
  happen(1, 5_000)
  await pass(1_000)
  expect([sleeper.destroyed, streams.watching()]).toEqual([false, 2])
  happen(2, 5_000)
  await pass(1_000)
  expect([sleeper.destroyed, streams.watching()]).toEqual([true, 1])
  happen(3, 20_000)
  await pass(1_000)
  expect(reader.destroyed).toBe(false)
  for (const attempts of [1, 2, 3]) expect(count(heard.text, `"attempts":${attempts}`)).toBe(100)
})
