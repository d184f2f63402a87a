/** Requests that go first before a waiting background transaction gets a turn. */
const MAX_REQUESTS_BEFORE_BACKGROUND = 8

export interface ConnectionQueue {
  /** Runs `work` alone, when its turn comes; requests go before background work. */
  run<T>(isBackground: boolean, work: () => Promise<T>): Promise<T>
}

/**
 * Priority queue for the one connection of the embedded database. In a plain queue a request waits for the transactions of every
 * stage (up to 0.5 s during a first sync); here it waits only for the running one. Every ninth turn goes to background work, so a
 * burst of requests cannot starve it.
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
