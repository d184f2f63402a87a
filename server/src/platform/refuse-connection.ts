import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { closeAfterAnswer } from './early-answers.ts'

/** A client that had 12 s for its request gets this much more to read that it took too long. */
const CLOSE_TIMEOUT_MS = 1_000

/**
 * Answers what never became a request: it did not arrive in time, its header is larger than 16 KB, or it is no HTTP. There is
 * no header to read a language from. The connection ends with it. `isAnswering`: an answer on it has begun, and a second one would be
 * read as a part of it.
 */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, isAnswering: boolean): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable || isAnswering) {
    socket.destroy()
    return
  }
  const [status, code, detail] = ANSWERS[error.code ?? ''] ?? NO_HTTP
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, error: code, detail })
  // The parser must not see the rest: it would only fail again.
  socket.removeAllListeners('data')
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n` +
      `Connection: close\r\n\r\n${body}`,
  )
  if (status === 408) closeAfterAnswer(socket, CLOSE_TIMEOUT_MS)
  else closeAfterAnswer(socket)
}

type Answer = [status: number, code: string, detail: string]

const NO_HTTP: Answer = [400, 'bad_request', 'This is not a request of HTTP/1.1.']
const ANSWERS: Record<string, Answer> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'The request did not arrive within 12 seconds.'],
  HPE_HEADER_OVERFLOW: [431, 'header_too_large', 'Address and header together must be at most 16 KB.'],
}
