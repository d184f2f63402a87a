import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Answers what never became a request: it did not arrive in time, its header is larger than 16 KB, or it is no HTTP. There is
 * no header to read a language from. The connection ends with it.
 */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const [status, code, detail] = ANSWERS[error.code ?? ''] ?? NO_HTTP
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, error: code, detail })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n` +
      `Connection: close\r\n\r\n${body}`,
    // Who does not even read the answer does not keep the socket.
    () => socket.destroy(),
  )
}

type Answer = [status: number, code: string, detail: string]

const NO_HTTP: Answer = [400, 'bad_request', 'This is not a request of HTTP/1.1.']
const ANSWERS: Record<string, Answer> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'The request did not arrive within 12 seconds.'],
  HPE_HEADER_OVERFLOW: [431, 'header_too_large', 'Address and header together must be at most 16 KB.'],
}
