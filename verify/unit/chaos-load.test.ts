import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createBackupReaders, leave, readWhole, stall } from '../chaos/backup-readers.ts'
import type { Outcome } from '../chaos/campaign.ts'
import { figuresTable, misses } from '../chaos/figures.ts'
import { ballast, heavyEvent } from '../chaos/heavy-shop.ts'
import { createPace } from '../chaos/pace.ts'
import { unlessSilent } from '../chaos/play-load.ts'

describe('the pace', () => {
  const faults = Array.from({ length: 10 }, () => ({ kind: 'kill-api' as const, which: 0, gapMs: 3_000, lastsMs: 0 }))
  /** Plays all faults against a load that acknowledges `perSecond` of what it may send; gives its share at the end, and the time. */
  const play = async (perSecond: number) => {
    let nowMs = 0
    let acknowledged = 0
    const pace = createPace(faults, {
      acknowledgedShare: () => acknowledged,
      now: () => nowMs,
      wait: async (ms) => {
        for (const until = nowMs + ms; nowMs < until; nowMs += 50)
          acknowledged = Math.max(acknowledged, Math.min(pace.released(), acknowledged + perSecond / 20))
      },
    })
    const released: number[] = []
    for (const fault of faults) {
      await pace.gap(fault)
      released.push(pace.released())
    }
    return { acknowledged, released, seconds: nowMs / 1_000, pace }
  }

  test('releases the whole load by the last fault, and the rest at the end', async () => {
    const { released, acknowledged, seconds, pace } = await play(10)
    expect(released.map((share) => Math.round(share * 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(acknowledged).toBeGreaterThan(0.9)
    expect(seconds).toBeCloseTo(30, 0)
    pace.over()
    expect(pace.released()).toBe(1)
  })

  test('delays faults for a slow load, so that events are acknowledged during faults', async () => {
    const { acknowledged, seconds } = await play(0.01)
    expect(acknowledged).toBeGreaterThan(0.85)
    expect(seconds).toBeGreaterThan(80)
  })

  test('does not wait without end for a system that acknowledges nothing', async () => {
    const { acknowledged, seconds } = await play(0)
    expect(acknowledged).toBe(0)
    expect(seconds).toBeLessThan(10 * 3 + 10 * 60 + 5)
  })
})

describe('readers of backups', () => {
  const lines = ['header {"format":1,"schema":1,"created_at":"","rows":2}\n', 'users {"id":1}\n', 'users {"id":2}\n']
  const footerOf = (text: string, users: number) =>
    `footer ${JSON.stringify({ rows: { users }, sha256: createHash('sha256').update(text).digest('hex') })}\n`
  const whole = lines.join('') + footerOf(lines.join(''), 2)
  let answer: (response: ServerResponse) => void = () => {}
  let closed = 0
  let address = ''
  const server = createServer((_request, response) => {
    response.on('close', () => {
      closed += 1
    })
    answer(response)
  })
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const at = server.address()
    if (typeof at === 'object' && at) address = `http://127.0.0.1:${at.port}`
  })
  afterAll(() => server.close())
  beforeEach(() => {
    closed = 0
  })
  /** So much that no buffer on the way holds it. */
  const endless = (response: ServerResponse) => {
    const write = () => {
      while (!response.destroyed && response.write(Buffer.alloc(64_000, 1))) {}
      response.once('drain', write)
    }
    write()
  }

  test('know a whole backup', async () => {
    answer = (response) => response.end(gzipSync(whole))
    expect(await readWhole(address)).toEqual({ kind: 'whole' })
  })

  test('take one that breaks off, or has no end, for broken', async () => {
    const half = gzipSync(whole)
    answer = (response) => {
      response.write(half.subarray(0, half.length - 20))
      setImmediate(() => response.destroy())
    }
    expect(await readWhole(address)).toEqual({ kind: 'broken' })
    answer = (response) => response.end(half.subarray(0, half.length - 20))
    expect(await readWhole(address)).toEqual({ kind: 'broken' })
    answer = (response) => response.end(gzipSync(lines.join('')))
    expect(await readWhole(address)).toEqual({ kind: 'broken' })
  })

  test('find one that claims to be whole and is not', async () => {
    answer = (response) => response.end(gzipSync(whole.replace('"id":2', '"id":3')))
    expect(await readWhole(address)).toMatchObject({ kind: 'wrong', sentence: expect.stringContaining('checksum') })
    const short = lines.slice(0, 2).join('')
    answer = (response) => response.end(gzipSync(short + footerOf(short, 2)))
    expect(await readWhole(address)).toMatchObject({
      kind: 'wrong',
      sentence: expect.stringContaining('rows of users'),
    })
  })

  test('leave after 300 KB, and close their connection', async () => {
    answer = endless
    expect(await leave(address)).toEqual({ kind: 'left' })
    await expect.poll(() => closed).toBe(1)
  })

  test('stall until their time is over or the server has enough of them', async () => {
    answer = endless
    expect(await stall(address, 200)).toEqual({ kind: 'stalled' })
    await expect.poll(() => closed).toBe(1)
    answer = (response) => {
      response.write('x')
      setImmediate(() => response.destroy())
    }
    expect(await stall(address, 60_000)).toEqual({ kind: 'stalled' })
  })

  test('take no answer and a refusal for none', async () => {
    answer = (response) => response.writeHead(503).end()
    for (const read of [readWhole, leave, stall]) expect(await read(address)).toEqual({ kind: 'none' })
    for (const read of [readWhole, leave, stall]) expect(await read('http://127.0.0.1:1')).toEqual({ kind: 'none' })
  })

  test('report that no backup can be read without a fault', async () => {
    answer = (response) => response.destroy()
    const readers = createBackupReaders(() => [address])
    await readers.readAtLast()
    expect(readers.figures).toMatchObject({ whole: 0, wrong: [expect.stringContaining('no whole backup')] })
  })
})

test('heavy events are JSON of every kind in turn, each with its own id', () => {
  const events = Array.from({ length: 10 }, (_, nth) => heavyEvent(nth))
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(10)
  for (const { eventId, body } of events) {
    expect(JSON.parse(body)).toMatchObject({
      event_id: eventId,
      event_type: 'product.updated',
      version: expect.any(Number),
    })
    expect(body.length).toBeGreaterThan(50_000)
    expect(body.length).toBeLessThanOrEqual(205_000)
  }
  // Written as it stands: as a number it would be sent with all its digits.
  expect(events[4]?.body).toContain('12345,12345')
})

test('the first requests of the load make a backup of several megabytes after compression, in batches that are accepted', () => {
  const batches = ballast()
  expect(gzipSync(batches.map(({ body }) => body).join('')).length).toBeGreaterThan(8_000_000)
  for (const { eventIds, body } of batches) {
    expect(body.length).toBeLessThan(5_000_000)
    expect(JSON.parse(body).events.map((event: { event_id: string }) => event.event_id)).toEqual(eventIds)
  }
  expect(new Set(batches.flatMap(({ eventIds }) => eventIds)).size).toBe(600)
})

test('a system that answers nothing is killed, and that is written down; work that ends is waited for', async () => {
  let kills = 0
  const heard = Promise.withResolvers<void>()
  const process = {
    kill: async () => {
      kills += 1
      heard.resolve()
    },
  }
  const system = { processes: [process] } as unknown as Parameters<typeof unlessSilent>[1]
  const silent: string[] = []
  await unlessSilent(heard.promise, system, () => 0, silent, 20)
  expect(kills).toBe(1)
  expect(silent).toHaveLength(1)
  await expect(unlessSilent(new Promise(() => {}), system, () => 0, silent, 5)).rejects.toThrow('answered nothing')
  const fine: string[] = []
  await unlessSilent(Promise.resolve(), system, () => 0, fine, 60_000)
  expect(fine).toEqual([])
})

describe('the figures', () => {
  const outcome = (fields: object = {}): Outcome =>
    ({
      title: 'x',
      findings: {
        acknowledged: 1_000,
        stored: 1_000,
        ended: 1_000,
        dead: 0,
        lost: [],
        doubled: [],
        mismatches: [],
        vectorsMissing: [],
        leftOver: [],
        heavy: { acknowledged: 5, applied: 4, dead: 1, open: 0, lost: 0 },
      },
      answers: { failed: new Map(), slow: 0, slowestMs: 0, answered: 0, unavailable: 0, unanswered: 0, examples: [] },
      unexpected: 0,
      sampled: [],
      isSettled: true,
      crashes: 0,
      failedStarts: 0,
      faults: {},
      providerRequests: 0,
      providerFaults: 0,
      acknowledgedUnderFaults: 800,
      heavyRefused: 0,
      backups: { whole: 1, broken: 9, stalled: 2, left: 3, wrong: [] },
      idleInTransaction: 0,
      silent: [],
      seconds: 1,
      ...fields,
    }) as unknown as Outcome

  test('meet their targets', () => {
    expect(misses(outcome())).toEqual([])
    expect(figuresTable([outcome()])).toContain('800 (80.0 %)')
    expect(misses(outcome({ backups: null }))).toEqual([])
  })

  test.each([
    ['… while faults went on', { acknowledgedUnderFaults: 799 }],
    ['backups read whole', { backups: { whole: 0, broken: 9, stalled: 2, left: 3, wrong: [] } }],
    ['… that looked whole and were not', { backups: { whole: 1, broken: 0, stalled: 0, left: 0, wrong: ['x'] } }],
    ['sessions left idle in transaction', { idleInTransaction: 1 }],
    ['processes that answered nothing any more', { silent: ['x'] }],
  ])('miss: %s', (name, fields) => {
    expect(misses(outcome(fields))).toEqual([name])
    expect(figuresTable([outcome(fields)])).toContain('✗')
  })
})
