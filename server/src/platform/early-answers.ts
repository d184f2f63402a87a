import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'

/**
 * A connection that is closed while its client still sends is reset by the operating system, and the client never reads the answer
 * (Node's fetch: EPIPE for 9 of 10 bodies of 10 MB). So the rest is read and thrown away first, within these bounds.
 */
const MAX_DISCARDED_BYTES = 32_000_000
const MAX_DISCARD_MS = 5_000

/** True when the client has more of this request's body to send. */
export function isStillSending({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
}

/**
 * The body of an answer to a request that is still being sent. The whole answer leaves at once; the stream ends, and with it the
 * exchange, when the request has arrived, or is cut off after 32 MB or 5 s. Needs a Content-Length, so that the client knows the
 * answer's end before that. Memory: one chunk at a time.
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

/** Ends a connection after its last answer was written: reads on within the bounds (`ms` of time), then closes it. */
export function closeAfterAnswer(socket: Socket, ms = MAX_DISCARD_MS): void {
  discard(socket, ms, () => socket.destroy())
}

/** Reads and throws away until the source has ended (true) or a bound is reached (false). */
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
