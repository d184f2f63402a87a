/** Follows server-sent events as a browser's EventSource does, without connecting again. */
export interface Following {
  status: number
  headers: Headers
  /** Messages so far. */
  messages: Message[]
  /** Lines that are no message, such as heartbeats. */
  comments: string[]
  hasEnded: boolean
  close(): void
}

export interface Message {
  event: string
  id: string
  // biome-ignore lint/suspicious/noExplicitAny: an answer may be anything, which is what tests look at.
  data: any
}

/** Resolves when the answer has begun. */
export async function follow(url: string, headers: Record<string, string>): Promise<Following> {
  const closing = new AbortController()
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: closing.signal })
  const following: Following = {
    status: response.status,
    headers: response.headers,
    messages: [],
    comments: [],
    hasEnded: false,
    close: () => closing.abort(),
  }
  const read = async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const part of response.body ?? []) {
      text += decoder.decode(part as Uint8Array, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) take(following, block)
    }
  }
  // The caller that closes it also ends it.
  void read()
    .catch(() => undefined)
    .finally(() => {
      following.hasEnded = true
    })
  return following
}

function take(following: Following, block: string): void {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  const data = fields.get('data')
  if (data === undefined) following.comments.push(block)
  else following.messages.push({ event: fields.get('event') ?? '', id: fields.get('id') ?? '', data: JSON.parse(data) })
}
