/** Receivers of alerts on this machine: a webhook that verifies signatures, the Bot API, and an SMTP server. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'

/** An answer that the test decides; without one the receiver accepts. */
export interface Reply {
  status: number
  headers?: Record<string, string>
  body?: string
  /** True: no answer at all. */
  isSilent?: boolean
}

export interface ReceivedWebhook {
  id: string
  timestamp: string
  signature: string
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: what tests look at.
  body: any
}

export interface FakeWebhook {
  url: string
  received: ReceivedWebhook[]
  next: Reply[]
  stop(): Promise<void>
}

/** Listens on 127.0.0.1. */
async function listen(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function reply(response: ServerResponse, { status, headers = {}, body = '', isSilent }: Reply): void {
  if (isSilent) return
  response.writeHead(status, headers)
  response.end(body)
}

async function stopHttp(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

export async function startFakeWebhook(): Promise<FakeWebhook> {
  const received: ReceivedWebhook[] = []
  const next: Reply[] = []
  const server = createServer(async (request, response) => {
    const text = await textOf(request)
    const header = (name: string) => String(request.headers[name] ?? '')
    received.push({
      id: header('webhook-id'),
      timestamp: header('webhook-timestamp'),
      signature: header('webhook-signature'),
      text,
      body: JSON.parse(text),
    })
    reply(response, next.shift() ?? { status: 204 })
  })
  const port = await listen(server)
  return { url: `http://127.0.0.1:${port}/alerts/secret-path`, received, next, stop: () => stopHttp(server) }
}

/** Verifies a message as the specification of Standard Webhooks describes it for receivers. */
export function isGenuine(secret: string, { id, timestamp, signature, text }: ReceivedWebhook): boolean {
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest()
  return signature.split(' ').some((one) => {
    const [version, digest = ''] = one.split(',')
    const given = Buffer.from(digest, 'base64')
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
  })
}

export interface FakeBots {
  url: string
  messages: { token: string; chat_id: string; text: string }[]
  next: Reply[]
  stop(): Promise<void>
}

export async function startFakeBots(): Promise<FakeBots> {
  const messages: FakeBots['messages'] = []
  const next: Reply[] = []
  const server = createServer(async (request, response) => {
    const [, token = ''] = /^\/bot([^/]+)\/sendMessage$/.exec(request.url ?? '') ?? []
    messages.push({ token, ...JSON.parse(await textOf(request)) })
    reply(response, next.shift() ?? { status: 200, body: '{"ok":true,"result":{"message_id":1}}' })
  })
  const port = await listen(server)
  return { url: `http://127.0.0.1:${port}`, messages, next, stop: () => stopHttp(server) }
}

export interface ReceivedMail {
  from: string
  to: string[]
  /** Headers and body as received. */
  source: string
}

export interface FakeSmtp {
  url: string
  mails: ReceivedMail[]
  /** Answers to the next RCPT commands, such as "550 no such user". */
  next: string[]
  stop(): Promise<void>
}

/** The commands of SMTP that a client needs, without TLS and without authentication. */
export async function startFakeSmtp(): Promise<FakeSmtp> {
  const mails: ReceivedMail[] = []
  const next: string[] = []
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    let pending = ''
    let mail: ReceivedMail = { from: '', to: [], source: '' }
    let isData = false
    const say = (line: string) => socket.write(`${line}\r\n`)
    const command = (line: string) => {
      const address = /<([^>]*)>/.exec(line)?.[1] ?? ''
      if (/^EHLO/i.test(line)) say('250-fake\r\n250 8BITMIME')
      else if (/^MAIL FROM/i.test(line)) {
        mail = { from: address, to: [], source: '' }
        say('250 ok')
      } else if (/^RCPT TO/i.test(line)) {
        const answer = next.shift() ?? '250 ok'
        if (answer.startsWith('250')) mail.to.push(address)
        say(answer)
      } else if (/^DATA/i.test(line)) {
        isData = true
        say('354 go on')
      } else if (/^QUIT/i.test(line)) {
        say('221 bye')
        socket.end()
      } else say('250 ok')
    }
    socket.on('data', (part) => {
      pending += part.toString()
      for (;;) {
        const end = isData ? pending.indexOf('\r\n.\r\n') : pending.indexOf('\r\n')
        if (end === -1) return
        const text = pending.slice(0, end)
        pending = pending.slice(end + (isData ? 5 : 2))
        if (!isData) command(text)
        else {
          isData = false
          mail.source = text
          mails.push(mail)
          say('250 queued as 1')
        }
      }
    })
    say('220 fake ESMTP')
  })
  const port = await listen(server)
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    next,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
