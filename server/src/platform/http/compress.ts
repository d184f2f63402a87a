import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A smaller answer fits into a few packets anyway. */
const MIN_CHARACTERS = 4_096

/**
 * True for a JSON answer to a page of the dashboard: a list of 50 products has 73 KB, and 8 KB with gzip. Only browsers send the
 * header `Sec-Fetch-Site`, and only the dashboard's own pages send `same-origin`; shops, agents and programs get plain answers, so
 * that they cost no CPU time. An answer with a token is no GET, so its length cannot tell of the token.
 */
export function isCompressible(request: FastifyRequest, reply: FastifyReply, payload: unknown): payload is string {
  const { 'sec-fetch-site': site, 'accept-encoding': encodings = '' } = request.headers
  return (
    typeof payload === 'string' &&
    payload.length >= MIN_CHARACTERS &&
    request.method === 'GET' &&
    reply.statusCode === 200 &&
    site === 'same-origin' &&
    String(encodings).includes('gzip') &&
    String(reply.getHeader('content-type') ?? '').startsWith('application/json') &&
    !reply.hasHeader('content-encoding')
  )
}

/** Compresses the answer in the thread pool. When that fails, the answer is sent as it is. */
export function compress(reply: FastifyReply, payload: string, done: (payload: string | Buffer) => void): void {
  gzip(payload, (error, zipped) => {
    if (error) {
      done(payload)
      return
    }
    reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding').removeHeader('content-length')
    done(zipped)
  })
}
