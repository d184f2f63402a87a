import { setTimeout as delay } from 'node:timers/promises'

/** Waits for a fact, not for a time; fails with its name when it does not come true, and with what was seen last. */
export async function waitFor(
  fact: string,
  isTrue: () => Promise<boolean>,
  timeoutMs = 30_000,
  seen: () => string = () => '',
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) {
      const last = seen()
      throw new Error(`waited ${timeoutMs / 1000} s in vain for ${fact}${last && `: ${last}`}`)
    }
    await delay(25)
  }
}
