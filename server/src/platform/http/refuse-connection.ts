import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { closeAfterAnswer } from './early-answers.ts'

/** After a request timeout (12 s) the client gets this long to read the error. */
const CLOSE_TIMEOUT_MS = 1_000

/**
 * Answers input that never became a request: it did not arrive in time, its headers exceed 16 KB, or it is not HTTP. No header
 * tells the language, so the answer is in English. The connection is closed. With `isAnswering`, a response has started already and
 * a second one would be read as part of it.
 */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, isAnswering: boolean): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable || isAnswering) {
    socket.destroy()
    return
  }
  const [status, code, detail] = ANSWERS[error.code ?? ''] ?? NO_HTTP
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, error: code, detail })
  // The parser must not see the rest: it would fail again.
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

const NO_HTTP: Answer = [400, 'bad_request', 'The request is not valid HTTP/1.1.']
const ANSWERS: Record<string, Answer> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'The request did not arrive within 12 seconds.'],
  HPE_HEADER_OVERFLOW: [431, 'header_too_large', 'The request line and the headers together must be at most 16 KB.'],
}
