/** Starts the load generator, and measures how busy the machine was meanwhile. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { LoadOrder, LoadResult } from './load.ts'

export function startLoad() {
  const child = fork('verify/bench/load.ts', { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return {
    run: async (order: LoadOrder): Promise<LoadResult> => {
      child.send(order)
      const [result] = (await once(child, 'message')) as [LoadResult | { error: string }]
      if ('error' in result) throw new Error(`the load failed: ${result.error}`)
      // The last answers are on their way to the sockets' ends.
      await delay(100)
      return result
    },
    stop: () => child.disconnect(),
  }
}

/** Returns a function that gives the share of all cores that was busy since. */
export function measureMachine(): () => number {
  const read = () =>
    cpus().reduce(
      (sum, { times }) => ({
        idle: sum.idle + times.idle,
        all: sum.all + times.idle + times.user + times.nice + times.sys + times.irq,
      }),
      { idle: 0, all: 0 },
    )
  const before = read()
  return () => {
    const after = read()
    return 1 - (after.idle - before.idle) / (after.all - before.all)
  }
}
