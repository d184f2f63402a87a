/** A server with OpenAI's `POST /v1/chat/completions` for tests: the test decides each reply from the messages. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'

export interface ChatMessage {
  role: string
  content: string | null
  tool_call_id?: string
}

export interface ChatRequest {
  model: string
  messages: ChatMessage[]
  tools?: { type: string; function: { name: string; parameters: object } }[]
}

/** What the model replies: a text, or calls of functions with their arguments. */
export type Reply = string | { name: string; arguments: object | string }[]

export interface FakeChatServer {
  /** Base URL, ends with `/v1`. */
  readonly url: string
  /** The requests in their order. */
  readonly requests: readonly ChatRequest[]
  /** Decides the next replies; a thrown error is answered with 500. */
  reply(choose: (request: ChatRequest) => Reply): void
  close(): Promise<void>
}

/** Refuses every key but this one. */
export async function startFakeChatServer(key: string): Promise<FakeChatServer> {
  const requests: ChatRequest[] = []
  let choose: (request: ChatRequest) => Reply = () => 'Hello.'
  const server = createServer(async (request, response) => {
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') return send(404, {})
    if (request.headers.authorization !== `Bearer ${key}`) {
      return send(401, { error: { message: 'Incorrect API key provided' } })
    }
    const asked = JSON.parse(await readText(request)) as ChatRequest
    requests.push(asked)
    try {
      send(200, { object: 'chat.completion', choices: [{ index: 0, message: messageOf(choose(asked)) }] })
    } catch (error) {
      send(500, { error: { message: String(error) } })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    reply(next) {
      choose = next
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function messageOf(reply: Reply) {
  if (typeof reply === 'string') return { role: 'assistant', content: reply }
  const calls = reply.map(({ name, arguments: given }, index) => ({
    id: `call_${index}`,
    type: 'function',
    function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) },
  }))
  return { role: 'assistant', content: null, tool_calls: calls }
}
