import { type Static, Type } from 'typebox'
import type { ModelInUse } from '../knowledge/model-in-use.ts'
import type { Config } from '../platform/config.ts'
import type { Database } from '../platform/db/database.ts'
import { component, download } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { createLongAnswers } from '../platform/http/long-answers.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import type { Log } from '../platform/log.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import type { BackupCopies } from './backup/backup-copies.ts'
import { diagnose, Finding } from './diagnosis.ts'
import { scheduledBackupRoutes } from './scheduled-backups/backup-routes.ts'
import type { ScheduledBackups } from './scheduled-backups/scheduled-backups.ts'

const Diagnosis = component('Diagnosis', Type.Object({ results: Type.Array(Finding) }))
export type Diagnosis = Static<typeof Diagnosis>

interface Parts {
  db: Database
  queue: Queue
  auth: Authenticator
  model: ModelInUse
  config: Config
  log: Log
  copies: BackupCopies
  backups: ScheduledBackups
}

/** Endpoints for admins of the whole installation: diagnosis and online backups. */
export function operatorRoutes(app: Http, parts: Parts): void {
  const shared = { tags: ['operation'], security: BY_PERSON }
  const { copies } = parts
  const sendLong = createLongAnswers(app, parts.log)
  app.addHook('onClose', () => copies.ended())
  scheduledBackupRoutes(app, { db: parts.db, auth: parts.auth, backups: parts.backups, sendLong })

  app.get(
    '/api/v1/diagnosis/',
    {
      schema: {
        ...shared,
        operationId: 'diagnose',
        summary: 'Diagnosis of the installation, with advice',
        response: { 200: Diagnosis },
      },
    },
    async (request) => {
      const admin = await parts.auth.admin(request)
      await writeAuditEntry(parts.db.service, actorOf(request, admin), { action: 'diagnosis.read' })
      return { results: await diagnose(parts, negotiateLanguage(request.headers['accept-language'])) }
    },
  )

  app.get(
    '/api/v1/backup/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'downloadBackup',
        summary: 'A logical backup of everything, gzip',
        response: {
          200: download('application/gzip', 'The backup. A file without its end is rejected when it is read.'),
        },
      },
    },
    async (request, reply) => {
      const admin = await parts.auth.admin(request)
      // Written before the first byte, because an interrupted backup was read too.
      await writeAuditEntry(parts.db.service, actorOf(request, admin), { action: 'backup.taken' })
      const left = new AbortController()
      reply.raw.once('close', () => left.abort())
      const bytes = await copies.take(left.signal)
      // An interrupted response has no footer, so the file is rejected when it is read.
      return sendLong(reply.type('application/gzip'), bytes, 'backup')
    },
  )
}
