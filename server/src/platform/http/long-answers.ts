import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Log } from '../log.ts'
import type { Http } from './http.ts'

/** A response is ended when its reader takes no byte for this long. */
export const STALL_MS = 30_000

/** Sends a stream; logs `<name>.failed` when the reader does not read it to its end. */
export type SendLong = (reply: FastifyReply, stream: Readable, name: string, facts?: object) => FastifyReply

/**
 * Sends responses that may take minutes. A broken response (source error, reader gone or stalled, server stopping) destroys its
 * socket, so that the client does not take it for complete, and its stream, so that reading stops. Without the second a server stop
 * would wait for the slowest reader.
 */
export function createLongAnswers(app: Http, log: Log): SendLong {
  const open = new Set<ServerResponse>()
  app.addHook('preClose', async () => {
    for (const response of open) response.destroy()
  })
  return (reply, stream, name, facts = {}) => {
    const response = reply.raw
    open.add(response)
    let reason = 'the reader went away'
    endWhenStalled(response, () => {
      reason = `the reader took nothing for ${STALL_MS / 1_000} s`
      response.destroy()
    })
    response.once('close', () => {
      open.delete(response)
      stream.destroy()
      if (response.writableFinished) return
      log.warn({ ...facts, error: stream.errored?.message ?? reason }, `${name}.failed`)
    })
    return reply.send(stream)
  }
}

/**
 * Calls `stalled` when bytes wait in a response and its reader has taken none of them for `limitMs`. A slow reader is not a stalled
 * one: the socket's timer restarts with each byte that the operating system takes.
 */
export function endWhenStalled(response: ServerResponse, stalled: () => void, limitMs = STALL_MS): void {
  response.setTimeout(limitMs, () => {
    if (response.writableLength > 0) stalled()
    // No bytes are waiting. The timer does not restart by itself.
    else response.socket?.setTimeout(limitMs)
  })
}
