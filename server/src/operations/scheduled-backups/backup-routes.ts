import { type Static, Type } from 'typebox'
import type { Database } from '../../platform/db/database.ts'
import { component, download, nullable, oneOf, time } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import type { SendLong } from '../../platform/http/long-answers.ts'
import { localized } from '../../platform/http/validation.ts'
import { type Language, negotiateLanguage } from '../../platform/i18n.ts'
import { writeAuditEntry } from '../../tenants/audit.ts'
import { type Authenticator, actorOf } from '../../tenants/authenticate.ts'
import { BY_PERSON } from '../../tenants/credentials.ts'
import { nextTime } from './backup-schedule.ts'
import { beginningOf, readName, TargetError } from './backup-target.ts'
import { freeBytes, LOST_AFTER_S, type RunError, type ScheduledBackups } from './scheduled-backups.ts'

const Backup = component(
  'KeptBackup',
  Type.Object({
    name: Type.String(),
    at: time('when it was begun'),
    bytes: Type.Integer(),
    rows: nullable(Type.Integer()),
    sha256: nullable(Type.String({ description: 'of the file' })),
    verified_at: nullable(time('when it was read back; null: not by this installation')),
    is_own: Type.Boolean({ description: 'false: of another installation; it is never removed' }),
  }),
)

const BackupRun = component(
  'BackupRun',
  Type.Object({
    id: Type.Integer(),
    name: Type.String(),
    origin: oneOf(['schedule', 'request']),
    state: oneOf(['running', 'succeeded', 'failed']),
    started_at: time(),
    ended_at: nullable(time()),
    bytes: Type.Integer({ description: 'written so far' }),
    error: nullable(Type.Object({ code: Type.String(), detail: Type.String() })),
  }),
)
export type BackupRun = Static<typeof BackupRun>

const Backups = component(
  'Backups',
  Type.Object({
    destination: nullable(
      Type.Object({
        kind: oneOf(['folder', 's3']),
        place: Type.String({ description: 'the folder, or the bucket with the prefix' }),
        free_bytes: nullable(Type.Integer({ description: 'of the disk; null: not known' })),
        problem: nullable(Type.String({ description: 'why its backups cannot be listed now' })),
      }),
    ),
    schedule: nullable(
      Type.Object({
        hour: Type.Integer(),
        minute: Type.Integer(),
        time_zone: Type.String(),
        keep: Type.Integer({ description: 'number of verified backups' }),
        next_at: time(),
      }),
    ),
    last_run: nullable(BackupRun),
    last_success_at: nullable(time()),
    results: Type.Array(Backup, { description: 'newest first' }),
  }),
)
export type Backups = Static<typeof Backups>

const StartedBackup = component('StartedBackup', Type.Object({ id: Type.Integer() }))
export type StartedBackup = Static<typeof StartedBackup>

const NameParams = Type.Object({
  name: Type.String({ maxLength: 100, ...localized('the name of a backup', 'نام یک پشتیبان') }),
})

interface Parts {
  db: Database
  auth: Authenticator
  backups: ScheduledBackups
  sendLong: SendLong
}

/** The kept backups: list, one more now, and the bytes of one. For admins. */
export function scheduledBackupRoutes(app: Http, { db, auth, backups, sendLong }: Parts): void {
  const shared = { tags: ['operation'], security: BY_PERSON }
  app.get(
    '/api/v1/backups/',
    {
      schema: {
        ...shared,
        operationId: 'listBackups',
        summary: 'The kept backups, their destination and schedule, and the last run',
        response: { 200: Backups },
      },
    },
    async (request) => {
      await auth.admin(request)
      return await viewBackups(db, backups, negotiateLanguage(request.headers['accept-language']))
    },
  )

  app.post(
    '/api/v1/backups/',
    {
      schema: {
        ...shared,
        operationId: 'startBackup',
        summary: 'Take a backup now; it goes on in the background',
        response: { 202: StartedBackup },
        problems: [409],
      },
    },
    async (request, reply) => {
      const admin = await auth.admin(request)
      const id = await backups.begin()
      await writeAuditEntry(db.service, actorOf(request, admin), { action: 'backup.started' })
      reply.code(202)
      return { id }
    },
  )

  app.get(
    '/api/v1/backups/:name/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'readKeptBackup',
        summary: 'The bytes of a kept backup, gzip',
        params: NameParams,
        response: {
          200: download('application/gzip', 'The backup. A file without its end is rejected when it is read.'),
        },
        problems: [404, 409],
        example: { params: { name: 'fiko-backup-0a1b2c3d-2026-11-27T03-00-00.000Z.gz' } },
      },
    },
    async (request, reply) => {
      const admin = await auth.admin(request)
      const { name } = request.params
      const bytes = await backups.read(name)
      await writeAuditEntry(db.service, actorOf(request, admin), { action: 'backup.taken', detail: { name } })
      reply.type('application/gzip').header('content-disposition', `attachment; filename="${name}"`)
      return sendLong(reply, bytes, 'kept_backup')
    },
  )
}

interface RunRow {
  id: number
  name: string
  origin: BackupRun['origin']
  startedAt: Date
  endedAt: Date | null
  bytes: number
  rows: number | null
  sha256: string | null
  error: RunError | null
  isLost: boolean
}

async function viewBackups(db: Database, backups: ScheduledBackups, language: Language): Promise<Backups> {
  const { target, config } = backups
  const place = target?.place ?? ''
  const runs = await db.service.query<RunRow>(
    `select id, name, origin, started_at as "startedAt", ended_at as "endedAt", bytes, rows, sha256, error,
            ended_at is null and seen_at < now() - interval '${LOST_AFTER_S} s' as "isLost"
       from backup_runs where place = $1 order by id desc`,
    [place],
  )
  const byName = new Map(runs.map((run) => [run.name, run]))
  const beginning = beginningOf(await backups.installation())
  let problem: string | null = null
  const files =
    (await target?.list().catch((error: unknown) => {
      problem = error instanceof TargetError ? error.sentence[language] : String(error)
      return []
    })) ?? []
  const [last] = runs
  const success = runs.find(({ sha256 }) => sha256 !== null)
  const { schedule, keep } = config
  return {
    destination: target && { kind: target.kind, place, free_bytes: await freeBytes(target), problem },
    schedule: target && schedule && { ...viewSchedule(schedule), keep, next_at: nextTime(schedule, new Date()) },
    last_run: last ? viewRun(last, language) : null,
    last_success_at: success?.endedAt ?? null,
    results: files
      .map(({ name, bytes, at }) => {
        const run = byName.get(name)
        return {
          name,
          at: readName(name)?.at ?? at,
          bytes,
          rows: run?.rows ?? null,
          sha256: run?.sha256 ?? null,
          // A file of another size than the verified one was changed since.
          verified_at: run?.sha256 && run.bytes === bytes ? run.endedAt : null,
          is_own: name.startsWith(beginning),
        }
      })
      .sort((one, other) => other.at.getTime() - one.at.getTime()),
  }
}

function viewSchedule({ hour, minute, timeZone }: { hour: number; minute: number; timeZone: string }) {
  return { hour, minute, time_zone: timeZone }
}

function viewRun(run: RunRow, language: Language): BackupRun {
  const lost = {
    en: 'The process of this backup has ended without a word. The next backup starts from the beginning.',
    fa: 'پردازش این پشتیبان‌گیری بی‌خبر پایان یافته است. پشتیبان بعدی از ابتدا گرفته می‌شود.',
  }
  const failed = run.error ?? (run.isLost ? { code: 'interrupted', ...lost } : null)
  return {
    id: run.id,
    name: run.name,
    origin: run.origin,
    state: failed ? 'failed' : run.endedAt ? 'succeeded' : 'running',
    started_at: run.startedAt,
    ended_at: run.endedAt,
    bytes: run.bytes,
    error: failed && { code: failed.code, detail: failed[language] },
  }
}
