import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'

/**
 * Limits for reading the rest of a request that was answered early. If a connection is closed while the client still sends, the
 * operating system resets it and the client never reads the answer (Node's fetch: EPIPE for 9 of 10 bodies of 10 MB).
 */
const MAX_DISCARDED_BYTES = 32_000_000
const MAX_DISCARD_MS = 5_000

/** True when the client has more of this request's body to send. */
export function isStillSending({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
}

/**
 * The response body for a request that is still being sent. The whole answer is sent at once. The stream ends when the request has
 * arrived; after 32 MB or 5 s the connection is cut off. Needs a Content-Length, so that the client knows the end of the answer
 * before that. Memory: one chunk at a time.
 */
export function answerWhileSending(request: IncomingMessage, answer: string | Buffer): Readable {
  const body = new Readable({ read: () => undefined })
  body.push(answer)
  discard(request, MAX_DISCARD_MS, (isWhole) => {
    if (!isWhole) body.once('close', () => request.socket.destroySoon())
    body.push(null)
  })
  return body
}

/** Closes a connection after its last answer: reads on within the limits (`ms` of time) first. */
export function closeAfterAnswer(socket: Socket, ms = MAX_DISCARD_MS): void {
  discard(socket, ms, () => socket.destroy())
}

/** Reads and discards data until the source ends (true) or a limit is reached (false). */
function discard(source: IncomingMessage | Socket, ms: number, done: (isWhole: boolean) => void): void {
  let bytes = 0
  const finish = (isWhole: boolean) => {
    clearTimeout(timer)
    source.off('data', count)
    source.off('end', ended)
    source.off('close', ended)
    done(isWhole)
  }
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_DISCARDED_BYTES) finish(false)
  }
  const ended = () => finish(true)
  const timer = setTimeout(finish, ms, false)
  source.on('data', count)
  source.once('end', ended)
  source.once('close', ended)
  source.resume()
}
