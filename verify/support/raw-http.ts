import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  status: number
  text: string
}

/** Sends these bytes and no more, and resolves with the first answer; the connection is then ended. */
export async function sendRaw(url: string, bytes: string): Promise<RawAnswer> {
  const socket = openSocket(url)
  socket.write(bytes)
  let text = ''
  for await (const chunk of socket) {
    text += chunk
    const [head = '', body = ''] = text.split('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
    if (text.includes('\r\n\r\n') && (Number.isNaN(length) || Buffer.byteLength(body) >= length)) break
  }
  socket.destroy()
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text }
}

/** A connection whose errors are ignored; it closes all the same. */
export function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  return socket
}

export async function connected(socket: Socket): Promise<Socket> {
  if (socket.connecting) await once(socket, 'connect')
  return socket
}
