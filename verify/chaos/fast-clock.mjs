/**
 * Loaded before a server, makes its time run FAST_CLOCK times as fast: what it waits for, and what it takes the time to be. A
 * message { fastClock: n } changes that. The database and the network keep real time.
 */
const realNow = performance.now.bind(performance)
const realSetTimeout = globalThis.setTimeout
const realSetInterval = globalThis.setInterval

let factor = Number(process.env.FAST_CLOCK ?? 1)
let since = realNow()
let elapsedMs = since
const startedAtMs = Date.now() - since

const now = () => elapsedMs + (realNow() - since) * factor

performance.now = now
Date.now = () => Math.trunc(startedAtMs + now())
globalThis.setTimeout = (work, ms = 0, ...given) => realSetTimeout(work, ms / factor, ...given)
globalThis.setInterval = (work, ms = 0, ...given) => realSetInterval(work, ms / factor, ...given)

process.on('message', (message) => {
  if (typeof message?.fastClock !== 'number') return
  elapsedMs = now()
  since = realNow()
  factor = message.fastClock
})
process.channel?.unref()
