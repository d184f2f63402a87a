import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RetryLater } from '../../server/src/platform/errors.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { runStage, type StageRunner, type Turn } from '../../server/src/platform/runtime/stage-runner.ts'

const log = createLog('silent')
let runner: StageRunner | undefined

// setImmediate stays real: the runner yields with it between turns, and time is what these tests are about.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(async () => {
  await runner?.stop()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A stage whose turns come from a script; its last entry repeats. */
function stageOf(...script: (() => Turn | Promise<Turn>)[]) {
  const stage = {
    name: 'test',
    turns: 0,
    takeTurn: async () => {
      const step = script[Math.min(stage.turns, script.length - 1)]
      stage.turns += 1
      if (!step) throw new Error('no script')
      return await step()
    },
  }
  runner = runStage(stage, log)
  return stage
}

const nothing = (): Turn => ({ nextAt: null })
const settle = async () => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
}
const pass = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms)
  await settle()
}

test('a stage takes turns while there is work, then pauses', async () => {
  const stage = stageOf(
    () => 'more',
    () => 'more',
    nothing,
  )
  await settle()
  expect(stage.turns).toBe(3)
  await pass(4_900)
  expect(stage.turns).toBe(3)
})

test('woken, it looks as soon as a burst has gathered', async () => {
  const stage = stageOf(nothing)
  await settle()
  for (let i = 0; i < 5; i++) runner?.wake()
  await pass(9)
  expect(stage.turns).toBe(1)
  await pass(1)
  expect(stage.turns).toBe(2)
})

test('a wake-up during a turn is not lost', async () => {
  const stage = stageOf(async () => {
    await Promise.resolve()
    if (stage.turns === 1) runner?.wake()
    return { nextAt: null }
  })
  await settle()
  await pass(10)
  expect(stage.turns).toBe(2)
})

test('unannounced work is found by a sweep, every five seconds at the latest', async () => {
  const stage = stageOf(nothing)
  await settle()
  await pass(5_010)
  expect(stage.turns).toBe(2)
  await pass(5_010)
  expect(stage.turns).toBe(3)
})

test('it wakes when the next work is due, and not before', async () => {
  const dueAt = performance.now() + 1_000
  const stage = stageOf(() => ({ nextAt: dueAt }), nothing)
  await settle()
  await pass(990)
  expect(stage.turns).toBe(1)
  await pass(20)
  expect(stage.turns).toBe(2)
})

test('an error pauses it for longer each time, and a wake-up does not hurry it', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  const stage = stageOf(() => {
    throw new Error('down')
  })
  await settle()
  expect(stage.turns).toBe(1)
  runner?.wake()
  await settle()
  expect(stage.turns).toBe(1)
  // 250 ms × 2^n, of which chance takes up to a half; here nothing.
  await pass(490)
  expect(stage.turns).toBe(1)
  await pass(20)
  expect(stage.turns).toBe(2)
  await pass(970)
  expect(stage.turns).toBe(2)
  await pass(40)
  expect(stage.turns).toBe(3)
  await pass(30_000)
  const later = stage.turns
  await pass(30_000)
  expect(stage.turns).toBeGreaterThan(later)
})

test('after an error that names a time it waits exactly that', async () => {
  const stage = stageOf(() => {
    throw new RetryLater('busy', 3_000)
  }, nothing)
  await settle()
  runner?.wake()
  await pass(2_990)
  expect(stage.turns).toBe(1)
  await pass(20)
  expect(stage.turns).toBe(2)
})

test('a success forgets the failures before it', async () => {
  let calls = 0
  const stage = stageOf(() => {
    calls += 1
    if (calls === 4) return { nextAt: performance.now() }
    throw new Error('down')
  })
  await settle()
  while (stage.turns < 5) await pass(10)
  // The fourth turn went well; the fifth's failure is a first one again, of at most 500 ms.
  await pass(500)
  expect(stage.turns).toBe(6)
})

test('a stopped stage finishes the turn in progress and starts no other', async () => {
  let finish = () => {}
  const stage = stageOf(async () => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return 'more' as const
  })
  await settle()
  let stopped = false
  const stopping = runner?.stop().then(() => {
    stopped = true
  })
  await settle()
  expect(stopped).toBe(false)
  finish()
  await stopping
  expect(stage.turns).toBe(1)
  runner?.wake()
  await pass(10_000)
  expect(stage.turns).toBe(1)
})

test('stopped during a pause, it does not wait for its end', async () => {
  stageOf(() => {
    throw new RetryLater('busy', 3_600_000)
  })
  await settle()
  await runner?.stop()
})
