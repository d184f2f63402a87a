import { statfs } from 'node:fs/promises'
import { type Static, Type } from 'typebox'
import { type ModelInUse, sameProfile } from '../knowledge/model-in-use.ts'
import type { Config } from '../platform/config.ts'
import type { Database } from '../platform/db/database.ts'
import expectedSchema from '../platform/db/schema/expected-schema.json' with { type: 'json' }
import { missingParts, readSchema } from '../platform/db/schema/read-schema.ts'
import { component, nullable, oneOf } from '../platform/http/contract.ts'
import type { Language, Localised } from '../platform/i18n.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import { readRuns } from './maintenance-runs.ts'

const STATES = ['ok', 'warning', 'failed'] as const

interface Look {
  state: (typeof STATES)[number]
  seen: Localised
  advice: Localised | null
}

const CLOCK_TOLERANCE_MS = 2_000
export const LOW_DISK_BYTES = 1_000_000_000
const STALLED_SECONDS = 60

interface Parts {
  db: Database
  queue: Queue
  model: ModelInUse
  config: Config
}

/** Checks by the names that scripts use, in the order of the answer. */
const CHECKS = {
  database: checkDatabase,
  extension: checkExtension,
  schema: checkSchema,
  durability: checkDurability,
  queue: checkQueue,
  'dead letters': checkDeadLetters,
  provider: checkProvider,
  clock: checkClock,
  disk: checkDisk,
  maintenance: checkMaintenance,
}

/** Result of one check: its state, the observation, and advice if needed, in the reader's language. */
export const Finding = component(
  'Finding',
  Type.Object({
    check: oneOf(Object.keys(CHECKS) as (keyof typeof CHECKS)[]),
    state: oneOf(STATES),
    seen: Type.String({ description: 'the observation' }),
    advice: nullable(Type.String()),
  }),
)
export type Finding = Static<typeof Finding>

/** Runs all checks. A check that throws is reported as a finding. */
export async function diagnose(parts: Parts, language: Language): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [check, look] of Object.entries(CHECKS) as [Finding['check'], (parts: Parts) => Promise<Look>][]) {
    const { state, seen, advice } = await look(parts).catch((error: Error) =>
      failed(asItIs(error.message), { en: 'See the server log.', fa: 'گزارش سرور (log) را ببینید.' }),
    )
    findings.push({ check, state, seen: seen[language], advice: advice?.[language] ?? null })
  }
  return findings
}

const ok = (seen: Localised): Look => ({ state: 'ok', seen, advice: null })
const warning = (seen: Localised, advice: Localised): Look => ({ state: 'warning', seen, advice })
const failed = (seen: Localised, advice: Localised): Look => ({ state: 'failed', seen, advice })

/** LEFT-TO-RIGHT ISOLATE … POP: a path keeps its direction in a Persian sentence. */
const ltr = (text: string) => `\u2066${text}\u2069`
/** Names, versions and messages of other programs, without translation. */
const asItIs = (text: string): Localised => ({ en: text, fa: ltr(text) })

const PERSIAN = new Intl.NumberFormat('fa-IR', { maximumFractionDigits: 1, signDisplay: 'negative' })
const persian = (value: number) => PERSIAN.format(value)

async function checkDatabase({ db }: Parts) {
  const [row] = await db.service.query<{ version: string; schema: number }>(
    `select split_part(version(), ' on ', 1) as version, (select max(number) from schema_migrations) as schema`,
  )
  const isEmbedded = db.kind === 'embedded'
  return ok({
    en: `${row?.version}, ${isEmbedded ? 'embedded' : 'server'}, schema version ${row?.schema}`,
    fa: `${ltr(row?.version ?? '')}، ${isEmbedded ? 'همراه برنامه' : 'سرور جدا'}، نسخهٔ طرح ${persian(row?.schema ?? 0)}`,
  })
}

async function checkExtension({ db }: Parts) {
  const [row] = await db.service.query<{ version: string }>(
    `select extversion as version from pg_extension where extname = 'vector'`,
  )
  return row
    ? ok(asItIs(`pgvector ${row.version}`))
    : failed(
        { en: 'pgvector is missing', fa: 'افزونهٔ pgvector نیست' },
        { en: 'Run: create extension vector;', fa: `این دستور را اجرا کنید: ${ltr('create extension vector;')}` },
      )
}

/** Names of missing parts in one finding; more are counted only. */
const SHOWN_PARTS = 10

/** Compares the live tables, indexes, constraints, policies and triggers with those that the migrations make. */
async function checkSchema({ db }: Parts) {
  const missing = missingParts(expectedSchema, await readSchema(db.owner))
  if (missing.length === 0) {
    const { tables, indexes, constraints } = expectedSchema
    const counts = [Object.keys(tables).length, indexes.length, constraints.length] as const
    return ok({
      en: `${counts[0]} tables, ${counts[1]} indexes and ${counts[2]} constraints, none missing`,
      fa: `${persian(counts[0])} جدول، ${persian(counts[1])} ایندکس و ${persian(counts[2])} قید؛ همه هستند`,
    })
  }
  const names = missing.slice(0, SHOWN_PARTS).join(', ')
  const more = missing.length - SHOWN_PARTS
  return failed(
    {
      en: `missing or invalid: ${names}${more > 0 ? ` and ${more} more` : ''}`,
      fa: `نیست یا نامعتبر است: ${ltr(names)}${more > 0 ? ` و ${persian(more)} مورد دیگر` : ''}`,
    },
    {
      en: 'Someone changed the database by hand. Create these parts again as the files in server/migrations do (an invalid index: REINDEX INDEX), or restore a backup into an empty database.',
      fa: `پایگاه داده دستی تغییر کرده است. این‌ها را همان‌طور که در ${ltr('server/migrations')} آمده دوباره بسازید (ایندکس نامعتبر: ${ltr('REINDEX INDEX')})، یا پشتیبان را در یک پایگاه دادهٔ خالی بازیابی کنید.`,
    },
  )
}

async function checkDurability({ db, config }: Parts) {
  if (db.kind === 'embedded') {
    return config.embeddedFsync
      ? ok({
          en: 'embedded; the log is synced to disk, checkpoints are not',
          fa: 'همراه برنامه؛ دفتر بی‌درنگ روی دیسک نوشته می‌شود، نقطه‌های بازیابی نه',
        })
      : warning(
          {
            en: 'embedded: data survives a killed process; a power cut may lose data that is not on disk yet, in the worst case all',
            fa: 'همراه برنامه: کشته‌شدن برنامه چیزی را از بین نمی‌برد؛ قطع برق ممکن است آنچه را هنوز روی دیسک نیست از بین ببرد، در بدترین حالت همه را',
          },
          {
            en: 'Take backups. EMBEDDED_FSYNC=on reduces this risk; PostgreSQL removes it.',
            fa: 'پشتیبان بگیرید. EMBEDDED_FSYNC=on این خطر را کم می‌کند و PostgreSQL آن را از میان می‌برد.',
          },
        )
  }
  const [row] = await db.service.query<{ sync: string; fsync: string }>(
    `select current_setting('synchronous_commit') as sync, current_setting('fsync') as fsync`,
  )
  const seen = asItIs(`synchronous_commit=${row?.sync}, fsync=${row?.fsync}`)
  return row?.fsync === 'on'
    ? ok(seen)
    : warning(seen, {
        en: 'Set fsync=on on the database server; without it a power cut may lose data.',
        fa: 'در سرور پایگاه داده fsync=on را تنظیم کنید: قطع برق داده‌ها را از بین می‌برد.',
      })
}

async function checkQueue({ db, queue }: Parts) {
  const [row] = await db.service.query<{ open: number; age: number }>(
    `select count(*)::int as open, coalesce(extract(epoch from now() - min(received_at)), 0)::float8 as age
       from events where status = 'received'`,
  )
  const open = row?.open ?? 0
  const age = Math.round(row?.age ?? 0)
  const wakeUps = await queue.depth()
  const seen = {
    en: `${open} events waiting, the oldest for ${age} s; ${wakeUps} wake-ups`,
    fa: `${persian(open)} رویداد در صف، قدیمی‌ترین از ${persian(age)} ثانیه پیش؛ ${persian(wakeUps)} کارِ در صف`,
  }
  return age > STALLED_SECONDS
    ? warning(seen, {
        en: 'Check that a worker is running (ROLE=all or ROLE=worker).',
        fa: 'آیا پردازشگر روشن است (ROLE=all یا worker)؟',
      })
    : ok(seen)
}

async function checkDeadLetters({ db }: Parts) {
  const [row] = await db.service.query<{ events: number; texts: number }>(
    `select (select count(*)::int from events where status = 'dead' and dismissed_at is null) as events,
            (select count(*)::int from knowledge_chunks where embedding_status = 'refused' and dismissed_at is null) as texts`,
  )
  const { events = 0, texts = 0 } = row ?? {}
  const seen = { en: `${events} events, ${texts} texts`, fa: `${persian(events)} رویداد، ${persian(texts)} متن` }
  return events + texts > 0
    ? warning(seen, {
        en: 'See /api/v1/dead-letters/, fix the cause, then replay them.',
        fa: `رویدادهای ناموفق را ببینید (${ltr('/api/v1/dead-letters/')})، علت را رفع و آن‌ها را دوباره اجرا کنید.`,
      })
    : ok(seen)
}

async function checkProvider({ model: inUse }: Parts) {
  const { embedder } = inUse.current()
  const { provider, model, dimensions } = embedder.profile
  const isChosen = !sameProfile(embedder.profile, inUse.configured)
  const startedAt = performance.now()
  try {
    await embedder.embed(['test'], 'query', AbortSignal.timeout(10_000))
  } catch (error) {
    const said = asItIs(`${provider} ${model}: ${(error as Error).message}`)
    if (inUse.loadingOf(embedder.profile)?.state === 'loading')
      return warning(said, {
        en: 'Search answers from words until the model is loaded.',
        fa: 'تا بارگذاری مدل، جست‌وجو با واژه‌ها پاسخ می‌دهد.',
      })
    if (provider !== 'openai')
      return failed(said, {
        en: 'Search answers from words. See docs/en/models.md.',
        fa: `جست‌وجو با واژه‌ها پاسخ می‌دهد. ${ltr('docs/fa/models.md')} را ببینید.`,
      })
    return failed(said, {
      en: 'Check OPENAI_BASE_URL, OPENAI_API_KEY, EMBEDDING_MODEL and EMBEDDING_DIMENSIONS.',
      fa: 'OPENAI_BASE_URL، OPENAI_API_KEY، EMBEDDING_MODEL و EMBEDDING_DIMENSIONS را بررسی کنید.',
    })
  }
  const tookMs = Math.round(performance.now() - startedAt)
  const seen = {
    en: `${provider} ${model}, ${dimensions} dimensions, ${tookMs} ms${isChosen ? ', chosen in the dashboard' : ''}`,
    fa: `${ltr(`${provider} ${model}`)}، ${persian(dimensions)} بعد، ${persian(tookMs)} میلی‌ثانیه${isChosen ? '، انتخاب‌شده در داشبورد' : ''}`,
  }
  return provider === 'offline'
    ? warning(
        { en: `${seen.en}: compares words, not meanings`, fa: `${seen.fa}: واژه‌ها را مقایسه می‌کند، نه معناها را` },
        {
          en: 'Set OPENAI_API_KEY or OPENAI_BASE_URL to use a model.',
          fa: 'برای یک مدل واقعی OPENAI_API_KEY یا OPENAI_BASE_URL را تنظیم کنید.',
        },
      )
    : ok(seen)
}

async function checkClock({ db }: Parts) {
  const before = Date.now()
  const [row] = await db.service.query<{ now: Date }>('select now() as now')
  const skewMs = Math.round((row?.now.getTime() ?? 0) - (before + Date.now()) / 2)
  const seen = {
    en: `${skewMs} ms between this machine and the database`,
    fa: `${persian(skewMs)} میلی‌ثانیه میان این دستگاه و پایگاه داده`,
  }
  return Math.abs(skewMs) > CLOCK_TOLERANCE_MS
    ? warning(seen, {
        en: 'Synchronise the clocks (NTP): versions come from them.',
        fa: 'ساعت‌ها را هماهنگ کنید (NTP): شمارهٔ نسخه‌ها از آن‌ها می‌آید.',
      })
    : ok(seen)
}

async function checkDisk({ config }: Parts) {
  const { dataDir } = config
  const disk = await statfs(dataDir).catch(() => null)
  if (!disk) return ok({ en: `${dataDir} is not in use`, fa: `${ltr(dataDir)} به کار نمی‌رود` })
  const free = disk.bavail * disk.bsize
  const seen = {
    en: `${(free / 1e9).toFixed(1)} GB free in ${dataDir}`,
    fa: `${persian(free / 1e9)} گیگابایت جای خالی در ${ltr(dataDir)}`,
  }
  return free < LOW_DISK_BYTES
    ? warning(seen, {
        en: 'Make room: a full disk refuses events (503).',
        fa: 'جا باز کنید: با دیسک پر، رویدادها پذیرفته نمی‌شوند (503).',
      })
    : ok(seen)
}

async function checkMaintenance({ db }: Parts) {
  const runs = await readRuns(db.service)
  const late = runs.filter((run) => run.isLate)
  if (late.length === 0) {
    const done = runs.filter((run) => run.lastSuccessAt !== null).length
    return ok({
      en: `${done} of ${runs.length} daily tasks done, none late`,
      fa: `${persian(done)} کار از ${persian(runs.length)} کار روزانه انجام شده، هیچ‌کدام عقب نیفتاده است`,
    })
  }
  const names = late.map((run) => run.task).join(', ')
  const [error] = late.flatMap((run) => run.lastError ?? [])
  return warning(
    {
      en: `not done for two days: ${names}${error ? ` (${error})` : ''}`,
      fa: `دو روز است که انجام نشده: ${ltr(names)}${error ? ` (${ltr(error)})` : ''}`,
    },
    {
      en: 'See maintenance.task_failed in the server log. Due tasks are retried every hour while a server runs.',
      fa: `در گزارش سرور (log) ${ltr('maintenance.task_failed')} را ببینید. تا وقتی سرور روشن است، کارِ عقب‌افتاده هر ساعت دوباره انجام می‌شود.`,
    },
  )
}
