/** How many of those who are waited for may pass before somebody who works in the background has a turn. */
const MAX_REQUESTS_BEFORE_BACKGROUND = 8

export interface ConnectionQueue {
  /** Does the work when its turn comes, alone; those who are waited for go before the background. */
  run<T>(isBackground: boolean, work: () => Promise<T>): Promise<T>
}

/**
 * One at a time, by rank. The embedded database has one connection: in a plain queue a request stands behind the transactions of every
 * stage (up to half a second in a first sync), here behind the one in progress. Every ninth turn is the background's, so that no rush
 * of requests stops the work.
 */
export function createConnectionQueue(): ConnectionQueue {
  const requests: (() => void)[] = []
  const background: (() => void)[] = []
  let isTaken = false
  let passed = 0

  const leave = () => {
    const isBackgroundsTurn =
      background.length > 0 && (requests.length === 0 || passed >= MAX_REQUESTS_BEFORE_BACKGROUND)
    passed = isBackgroundsTurn ? 0 : passed + 1
    const next = (isBackgroundsTurn ? background : requests).shift()
    if (next) next()
    else isTaken = false
  }

  return {
    run: async (isBackground, work) => {
      if (isTaken) await new Promise<void>((resolve) => (isBackground ? background : requests).push(resolve))
      isTaken = true
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
