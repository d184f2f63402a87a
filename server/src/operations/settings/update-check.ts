import type { Config } from '../../platform/config.ts'
import type { Database, Sql } from '../../platform/db/database.ts'
import { getOutgoing, OutgoingFailure, type OutgoingReason } from '../../platform/http/outgoing-request.ts'
import type { Localised } from '../../platform/i18n.ts'
import type { Log } from '../../platform/log.ts'
import { VERSION } from '../../platform/version.ts'
import { isNewer, UPDATE_ADDRESS } from './program-version.ts'

/** Interval of the look at the switch and at the time of the last request. */
const CHECK_INTERVAL_MS = 20_000
/** Hours between two requests of an installation, also after a failure. */
const HOURS_BETWEEN = 24
const TIMEOUT_MS = 10_000
/** An answer of GitHub's API lists the files of the release: about 2 KB each. */
const MAX_ANSWER_BYTES = 1_000_000

export type UpdateProblem = OutgoingReason | 'answer' | 'unreadable'

export interface FoundUpdate {
  askedAt: Date | null
  answeredAt: Date | null
  version: string | null
  url: string | null
  problem: UpdateProblem | null
  answerCode: number | null
}

export interface UpdateCheck {
  /** Asks if the switch is on and no process has asked in the last 24 hours. */
  check(): Promise<void>
  stop(): Promise<void>
}

interface Parts {
  db: Database
  /** The settings in use. */
  config: Pick<Config, 'updateCheck'>
  log: Log
}

/** The address that is asked for the newest version; null: none is known. */
export function updateAddress({ updateCheck }: Pick<Config, 'updateCheck'>): string | null {
  return updateCheck.url ?? UPDATE_ADDRESS
}

/** Looks for a newer version once a day while the switch is on. While it is off, no request leaves the server. */
export function startUpdateCheck({ db, config, log }: Parts): UpdateCheck {
  const sql = db.inBackground().service
  const stopped = new AbortController()
  let inProgress: Promise<void> = Promise.resolve()
  const look = async () => {
    const url = updateAddress(config)
    if (!config.updateCheck.isOn || url === null || stopped.signal.aborted || !(await claim(sql))) return
    const { found, problem, answerCode } = await askForNewest(url, config.updateCheck.url !== null, stopped.signal)
    if (stopped.signal.aborted) return
    await sql.query(
      `update update_checks set problem = $1, answer_code = $2, version = coalesce($3, version), url = case when $3::text is null then url else $4 end,
              answered_at = case when $3::text is null then answered_at else now() end`,
      [problem, answerCode, found?.version ?? null, found?.url ?? null],
    )
    log.info({ newest: found?.version ?? null, problem, answerCode }, 'update.asked')
  }
  const check = () => {
    const turn = inProgress.then(look)
    inProgress = turn.catch((error: unknown) => log.warn({ error: String(error) }, 'update.not_asked'))
    return inProgress
  }
  const timer = setInterval(() => void check(), CHECK_INTERVAL_MS)
  timer.unref()
  return {
    check,
    stop: async () => {
      clearInterval(timer)
      stopped.abort()
      await inProgress
    },
  }
}

/** True for the one process that may ask now. Recorded before the request, so that a failure waits a day, too. */
async function claim(sql: Sql): Promise<boolean> {
  const rows = await sql.query(
    `insert into update_checks as u (asked_at) values (now())
     on conflict (is_only) do update set asked_at = now()
       where u.asked_at < now() - interval '${HOURS_BETWEEN} hours' or u.asked_at > now() + interval '1 hour'
     returning 1`,
  )
  return rows.length > 0
}

interface Newest {
  found: { version: string; url: string | null } | null
  problem: UpdateProblem | null
  answerCode: number | null
}

/** One request. Its headers name the program, never the installation. `isOwn`: the operator chose the address, also a private one. */
async function askForNewest(url: string, isOwn: boolean, signal: AbortSignal): Promise<Newest> {
  try {
    const answer = await getOutgoing(url, {
      headers: { accept: 'application/vnd.github+json, application/json', 'user-agent': 'fiko-sync' },
      allowsPrivate: isOwn,
      maxBytes: MAX_ANSWER_BYTES,
      timeoutMs: TIMEOUT_MS,
      signal,
    })
    if (answer.status !== 200) return { found: null, problem: 'answer', answerCode: answer.status }
    const found = readRelease(answer.body.toString('utf8'))
    return { found, problem: found === null ? 'unreadable' : null, answerCode: 200 }
  } catch (error) {
    if (!(error instanceof OutgoingFailure)) throw error
    return { found: null, problem: error.reason, answerCode: null }
  }
}

/** The version and the page of a release, as GitHub's API answers. */
export function readRelease(text: string): Newest['found'] {
  let said: { tag_name?: unknown; html_url?: unknown } | null
  try {
    said = JSON.parse(text)
  } catch {
    return null
  }
  const version = typeof said?.tag_name === 'string' ? said.tag_name.replace(/^v/, '') : ''
  if (!/^\d{1,9}\.\d{1,9}\.\d{1,9}(-[\w.-]{1,50})?$/.test(version)) return null
  const page = typeof said?.html_url === 'string' ? URL.parse(said.html_url) : null
  const isPage = page !== null && /^https?:$/.test(page.protocol) && page.href.length <= 500
  return { version, url: isPage ? page.href : null }
}

/** What the last look found. */
export async function readUpdate(sql: Sql): Promise<FoundUpdate> {
  const [row] = await sql.query<FoundUpdate>(
    `select asked_at as "askedAt", answered_at as "answeredAt", version, url, problem, answer_code as "answerCode" from update_checks`,
  )
  return row ?? { askedAt: null, answeredAt: null, version: null, url: null, problem: null, answerCode: null }
}

/** The newer version that the last good answer named; null: none. */
export function newerOf({ version, url }: FoundUpdate): { version: string; url: string | null } | null {
  return version !== null && isNewer(version, VERSION) ? { version, url } : null
}

/** Why the last request has no usable answer. */
export const UPDATE_PROBLEMS: Record<UpdateProblem, Localised> = {
  bad_address: { en: 'UPDATE_CHECK_URL is not an http(s) address.', fa: 'UPDATE_CHECK_URL نشانی http(s) نیست.' },
  private_address: {
    en: 'The address leads to a private network.',
    fa: 'این نشانی به شبکهٔ خصوصی می‌رسد.',
  },
  other_host: { en: 'The address redirects to another server.', fa: 'این نشانی به سرور دیگری ارجاع می‌دهد.' },
  unreachable: { en: 'The address cannot be reached.', fa: 'این نشانی در دسترس نیست.' },
  timeout: { en: 'There was no answer within 10 seconds.', fa: 'در ۱۰ ثانیه پاسخی نرسید.' },
  too_large: { en: 'The answer has more than 1 MB.', fa: 'پاسخ بیش از ۱ مگابایت است.' },
  answer: { en: 'The address refused the request.', fa: 'این نشانی درخواست را نپذیرفت.' },
  unreadable: { en: 'The answer names no version.', fa: 'پاسخ نسخه‌ای را نام نمی‌برد.' },
}
