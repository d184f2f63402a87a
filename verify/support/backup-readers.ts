/** Readers of an answer that do not behave, on a socket of their own. */
import { connect, type Socket } from 'node:net'
import { ADMIN_API_KEY } from './test-server.ts'

export interface BadReader {
  /** Bytes read before it stopped reading. */
  read(): number
  leave(): void
  /** Resolves when the server has ended the connection. Reads on, as the end is behind what is in the buffers. */
  cutOff(): Promise<void>
}

/** Asks for `path`, reads `bytes` of the answer and then nothing more; the connection stays open. */
export async function stallAfter(url: string, path: string, bytes: number): Promise<BadReader> {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${ADMIN_API_KEY}\r\n\r\n`)
  let read = 0
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk) => {
      read += chunk.length
      if (read < bytes) return
      socket.pause()
      resolve()
    })
    socket.on('close', () => reject(new Error(`the answer ended after ${read} bytes`)))
  })
  return {
    read: () => read,
    leave: () => socket.destroy(),
    cutOff: () =>
      new Promise((resolve) => {
        if (socket.closed) resolve()
        socket.once('close', () => resolve())
        socket.resume()
      }),
  }
}
