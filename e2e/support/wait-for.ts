import { setTimeout as delay } from 'node:timers/promises'

/** Waits for a fact, not for a time; fails with its name when it does not come true. */
export async function waitFor(fact: string, isTrue: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${fact}`)
    await delay(25)
  }
}
