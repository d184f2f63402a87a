/**
 * The server as it is, with one route more: an empty POST, to compare with. It reads the body as bytes, through the same
 * HTTP server, and does nothing with it. Over its message channel the process tells what CPU time and memory it has used.
 */
import { readConfig } from '../../server/src/platform/config.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { startServer } from '../../server/src/server.ts'

export const EMPTY_PATH = '/bench/empty/'

const config = readConfig()
const server = await startServer(config, createLog(config.logLevel), (app) => {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)
    scope.post(EMPTY_PATH, { schema: { hide: true }, config: { isOpen: true } }, async (_request, reply) =>
      reply.code(202).send(),
    )
  })
})

process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)))
process.on('message', () => process.send?.({ ...process.cpuUsage(), memory: process.memoryUsage.rss() }))
process.stderr.write(`Fiko Sync is ready: ${server.address}\n`)
