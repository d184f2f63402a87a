import type { IncomingMessage } from 'node:http'
import { Problem } from '../errors.ts'

/** A name, an IPv4 address or an IPv6 address in brackets, with an optional port. */
const HOST = /^(?:[\w.~-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i

/**
 * Accepts only a plain host with an optional port (RFC 9112, 3.2). Parsers disagree about a user name in it, two Host headers or
 * none. @throws {Problem} 400
 */
export function refuseBadHost({ headers, rawHeaders, httpVersionMinor }: IncomingMessage): void {
  if (headers.host === undefined && httpVersionMinor === 0) return
  if (headers.host === undefined || !HOST.test(headers.host) || countOf('host', rawHeaders) > 1) throw badHost()
}

function countOf(name: string, rawHeaders: string[]): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i]
    if (header?.length === name.length && header.toLowerCase() === name) count += 1
  }
  return count
}

function badHost(): Problem {
  return new Problem(400, 'bad_host', {
    en: 'The Host header must be given once, as a name or an address and perhaps a port, such as sync.example.com:8787.',
    fa: 'سرایند Host باید یک بار و به شکل نام یا نشانی، همراه با درگاه اختیاری، فرستاده شود؛ مانند sync.example.com:8787.',
  })
}
