import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Http } from './http.ts'
import type { Log } from './log.ts'

/** An answer of which the reader takes no byte for this long is ended. */
export const STALL_MS = 30_000

/** Sends a stream; logs `<name>.failed` when it is not read to its end. */
export type SendLong = (reply: FastifyReply, stream: Readable, name: string, facts?: object) => FastifyReply

/**
 * Sends answers that may take minutes. An answer that breaks (its source fails, its reader leaves or stalls, the server stops)
 * ends with its socket destroyed, so that it is not taken for whole, and with its stream destroyed, so that nothing is read for it
 * any more. Without the last, a stop of the server would wait for the slowest reader.
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
 * Calls `stalled` when bytes wait in an answer and its reader has taken none of them for `limitMs`. A slow reader is none
 * that stalls: the socket's timer counts each byte that the operating system takes.
 */
export function endWhenStalled(response: ServerResponse, stalled: () => void, limitMs = STALL_MS): void {
  response.setTimeout(limitMs, () => {
    if (response.writableLength > 0) stalled()
    // There is nothing to take at present. The timer does not start again by itself.
    else response.socket?.setTimeout(limitMs)
  })
}
