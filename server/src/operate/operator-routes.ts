import { PassThrough } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Embedder } from '../knowledge/embedder.ts'
import type { Config } from '../platform/config.ts'
import type { Database } from '../platform/database.ts'
import type { Http } from '../platform/http.ts'
import type { Log } from '../platform/log.ts'
import type { Queue } from '../platform/queue.ts'
import { languageOf } from '../platform/speech.ts'
import { recordDeed } from '../tenants/audit.ts'
import { type Authenticator, actorOf } from '../tenants/authenticate.ts'
import { backUp } from './backup.ts'
import { diagnose } from './diagnosis.ts'
import { settingsOf } from './settings.ts'

interface Parts {
  db: Database
  queue: Queue
  auth: Authenticator
  embedder: Embedder
  config: Config
  log: Log
}

/** What only an admin does to the whole installation: look it over, and take a backup while it runs. */
export function operatorRoutes(app: Http, parts: Parts): void {
  app.get(
    '/api/v1/diagnosis/',
    { schema: { summary: 'What is well and what is not, and what to do', tags: ['operation'] } },
    async (request) => {
      const admin = await parts.auth.admin(request)
      await recordDeed(parts.db.service, actorOf(request, admin), { action: 'diagnosis.read' })
      return { results: await diagnose(parts, languageOf(request.headers['accept-language'])) }
    },
  )

  app.get(
    '/api/v1/settings/',
    { schema: { summary: 'What the server was started with, without its secrets', tags: ['operation'] } },
    async (request) => {
      await parts.auth.admin(request)
      return { results: settingsOf(parts.config) }
    },
  )

  app.get(
    '/api/v1/backup/',
    { schema: { summary: 'A logical backup of everything, gzip', tags: ['operation'] } },
    async (request, reply) => {
      const admin = await parts.auth.admin(request)
      // Before the first byte of it: a backup that was broken off was read, too.
      await recordDeed(parts.db.service, actorOf(request, admin), { action: 'backup.taken' })
      const text = new PassThrough({ highWaterMark: 1_000_000 })
      const write = (chunk: string) =>
        new Promise<void>((resolve, reject) => {
          if (text.destroyed) reject(new Error('the reader of the backup went away'))
          else if (text.write(chunk)) resolve()
          else {
            text.once('drain', resolve)
            text.once('close', () => reject(new Error('the reader of the backup went away')))
          }
        })
      backUp(parts.db, write).then(
        (footer) => {
          parts.log.info({ rows: footer.rows }, 'backup.written')
          text.end()
        },
        (error: Error) => {
          parts.log.warn({ error: error.message }, 'backup.failed')
          text.destroy(error)
        },
      )
      // A stream that breaks ends without its footer, so that the file is refused when it is read.
      return reply.type('application/gzip').send(text.pipe(createGzip()))
    },
  )
}
