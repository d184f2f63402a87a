import { type Static, Type } from 'typebox'
import type { ModelInUse } from '../../knowledge/model-in-use.ts'
import { testProvider } from '../../knowledge/provider/test-provider.ts'
import { DEFAULT_MODELS, OPENAI_ADDRESS, type SmtpConfig } from '../../platform/config.ts'
import type { Database } from '../../platform/db/database.ts'
import { invalidInput, Problem } from '../../platform/errors.ts'
import { bodyComponent, component, nullable, record, time } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import { createTokenBuckets } from '../../platform/http/token-buckets.ts'
import { localized } from '../../platform/http/validation.ts'
import { type Language, negotiateLanguage } from '../../platform/i18n.ts'
import type { TextSealer } from '../../platform/seal-text.ts'
import { VERSION } from '../../platform/version.ts'
import { writeAuditEntry } from '../../tenants/audit.ts'
import { type Authenticator, actorOf, type Person } from '../../tenants/authenticate.ts'
import { BY_PERSON } from '../../tenants/credentials.ts'
import { Setting, settingsOf } from '../settings.ts'
import { type Change, changeSettings, planChange } from './change-settings.ts'
import { type SettingsInUse, withoutPassword } from './follow-settings.ts'
import { COMMIT, readSchema } from './program-version.ts'
import { newerOf, readUpdate, UPDATE_PROBLEMS, updateAddress } from './update-check.ts'

/** Tests of one kind within ten minutes: a test sends a request to an address that the caller chooses. */
const MAX_TESTS = 10
const TESTS_PERIOD_S = 600

const Settings = component('Settings', Type.Object({ results: Type.Array(Setting) }))
export type Settings = Static<typeof Settings>

const Values = record(
  Type.Unsafe<string | number | boolean | null>({ type: ['string', 'number', 'boolean', 'null'] }),
  {
    maxProperties: 50,
    ...localized(
      'an object of at most 50 settings and their new values; null: back to the value of the environment',
      'شیئی از حداکثر ۵۰ تنظیم و مقدار تازهٔ آن‌ها؛ null یعنی بازگشت به مقدار محیط',
    ),
  },
)
const ChangeBody = bodyComponent('SettingsChange', Type.Object({ values: Values }, { additionalProperties: false }))
const MailTestBody = bodyComponent(
  'MailTest',
  Type.Object(
    {
      to: Type.Optional(
        Type.String({
          maxLength: 254,
          pattern: '^[^\\s@<>,;"]+@[^\\s@<>,;"]+$',
          ...localized('an e-mail address; by default the caller’s', 'یک نشانی ایمیل؛ پیش‌فرض: نشانی خود شما'),
        }),
      ),
      values: Type.Optional(Values),
    },
    { additionalProperties: false },
  ),
)
const ProviderTestBody = bodyComponent(
  'ProviderTest',
  Type.Object(
    {
      model: Type.Optional(
        Type.String({ minLength: 1, maxLength: 200, ...localized('the name of a model', 'نام یک مدل') }),
      ),
      values: Type.Optional(Values),
    },
    { additionalProperties: false },
  ),
)

const MailTestResult = component(
  'MailTestResult',
  Type.Object({
    is_delivered: Type.Boolean({ description: 'true: the mail server took the message' }),
    to: Type.String(),
    answer_code: nullable(Type.Integer({ description: 'of the mail server' })),
    answer: nullable(Type.String({ description: 'the words of the mail server, at most 300 characters' })),
    duration_ms: Type.Integer(),
    message: Type.String(),
  }),
)
export type MailTestResult = Static<typeof MailTestResult>

const ProviderTestResult = component(
  'ProviderTestResult',
  Type.Object({
    is_working: Type.Boolean(),
    url: Type.String(),
    model: Type.String(),
    dimensions: nullable(Type.Integer({ description: 'of the vector' })),
    tokens: nullable(Type.Integer({ description: 'as the provider counted them' })),
    duration_ms: Type.Integer(),
    message: Type.String(),
    answer: nullable(Type.String({ description: 'the words of the provider, at most 300 characters' })),
  }),
)
export type ProviderTestResult = Static<typeof ProviderTestResult>

const Version = component(
  'Version',
  Type.Object({
    version: Type.String({ description: 'of the program' }),
    commit: nullable(Type.String({ description: 'null: installed without its repository' })),
    schema: Type.String({ description: 'the newest migration' }),
    database: Type.Object({
      kind: Type.Union([Type.Literal('embedded'), Type.Literal('postgres')]),
      version: Type.String(),
    }),
    node: Type.String(),
    started_at: time('of the process that answers'),
    uptime_s: Type.Integer(),
    update_check: Type.Object({
      is_on: Type.Boolean({ description: 'the setting UPDATE_CHECK; false: no request leaves the server' }),
      address: nullable(Type.String({ description: 'null: no address is known; set UPDATE_CHECK_URL' })),
      asked_at: nullable(time('the last request, at most one in 24 hours')),
      answered_at: nullable(time('the last usable answer')),
      newest: nullable(Type.String({ description: 'the newest version that the address named' })),
      problem: nullable(Type.String({ description: 'why the last request has no usable answer' })),
    }),
    newer: nullable(
      Type.Object(
        { version: Type.String(), url: nullable(Type.String({ description: 'the page of the release' })) },
        { description: 'a newer version; null: none is known' },
      ),
    ),
  }),
)
export type Version = Static<typeof Version>

/** Sends a test e-mail with these settings. The composition root passes it: alerts import this folder, not the other way round. */
export type SendTestMail = (
  smtp: SmtpConfig | null,
  to: string,
  language: Language,
) => Promise<{ isDelivered: boolean; code: number | null; detail: string | null; durationMs: number; sentence: string }>

interface Parts {
  db: Database
  auth: Authenticator
  settings: SettingsInUse
  sealer: TextSealer
  model: ModelInUse
  sendTestMail: SendTestMail
}

/** The settings of the server for admins: what is in use, changes without a restart, tests of them, and the version. */
export function settingsRoutes(app: Http, { db, auth, settings, sealer, model, sendTestMail }: Parts): void {
  const shared = { tags: ['operation'], security: BY_PERSON }
  const startedAt = new Date()
  const { environment } = settings
  const tests = createTokenBuckets({ perSecond: MAX_TESTS / TESTS_PERIOD_S, burst: MAX_TESTS })
  const languageOf = (request: { headers: { 'accept-language'?: string | undefined } }) =>
    negotiateLanguage(request.headers['accept-language'])
  const limitTests = (kind: string, person: Person) => {
    const seconds = tests.take(`${kind} ${person.userId ?? 'key'}`)
    if (seconds > 0) throw tooManyTests(seconds)
  }
  const assureChangeable = () => {
    if (!environment.usesDashboardSettings) throw turnedOff()
  }
  /** The settings in use with values that are not stored. */
  const withValues = async (values: Change | undefined) => {
    if (values === undefined) return settings.config
    assureChangeable()
    return (await planChange(db.service, environment, sealer, values)).after
  }

  app.get(
    '/api/v1/settings/',
    {
      schema: {
        ...shared,
        operationId: 'listSettings',
        summary: 'Settings of the running server, without secrets',
        response: { 200: Settings },
      },
    },
    async (request) => {
      await auth.admin(request)
      return { results: settingsOf(settings, model, languageOf(request)) }
    },
  )

  app.patch(
    '/api/v1/settings/',
    {
      schema: {
        ...shared,
        operationId: 'changeSettings',
        summary: 'Change settings without a restart; every process follows within seconds',
        body: ChangeBody,
        response: { 200: Settings },
        problems: [409],
        example: { body: { values: { RATE_LIMIT_BURST: 600, FRESHNESS_SAMPLE_SIZE: null } } },
      },
    },
    async (request) => {
      const admin = await auth.admin(request)
      assureChangeable()
      const by = actorOf(request, admin)
      await db.service.transaction((tx) => changeSettings(tx, { environment, sealer }, request.body.values, by))
      await settings.follow()
      return { results: settingsOf(settings, model, languageOf(request)) }
    },
  )

  app.post(
    '/api/v1/settings/test-mail/',
    {
      schema: {
        ...shared,
        operationId: 'testMail',
        summary:
          'Send a test e-mail, also with values that are not stored; the answer says what the mail server answered',
        body: MailTestBody,
        response: { 200: MailTestResult },
        problems: [409],
        example: { body: { to: 'admin@example.com' } },
      },
    },
    async (request) => {
      const admin = await auth.admin(request)
      const language = languageOf(request)
      const to = request.body.to ?? admin.email
      if (to === null) throw invalidInput([{ path: 'to', detail: NO_ADDRESS }])
      limitTests('mail', admin)
      const { smtp } = (await withValues(request.body.values)).alerts
      await writeAuditEntry(db.service, actorOf(request, admin), {
        action: 'settings.mail_tested',
        detail: { email: to, server: smtp?.host ?? null },
      })
      const { isDelivered, code, detail, durationMs, sentence } = await sendTestMail(smtp, to, language)
      return {
        is_delivered: isDelivered,
        to,
        answer_code: code,
        answer: withoutSecret(detail, smtp?.password ?? null),
        duration_ms: durationMs,
        message: sentence,
      }
    },
  )

  app.post(
    '/api/v1/settings/test-provider/',
    {
      schema: {
        ...shared,
        operationId: 'testProvider',
        summary: 'Embed one text with the address and key, also with values that are not stored',
        body: ProviderTestBody,
        response: { 200: ProviderTestResult },
        problems: [409],
        example: {
          body: { model: 'bge-m3', values: { OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1', OPENAI_API_KEY: '' } },
        },
      },
    },
    async (request) => {
      const admin = await auth.admin(request)
      limitTests('provider', admin)
      const { baseUrl, apiKey } = (await withValues(request.body.values)).embedding
      const inUse = model.current().embedder.profile
      const name = request.body.model ?? (inUse.provider === 'openai' ? inUse.model : defaultModel())
      await writeAuditEntry(db.service, actorOf(request, admin), {
        action: 'settings.provider_tested',
        detail: { url: withoutPassword(baseUrl), model: name },
      })
      const language = languageOf(request)
      const { encodingFormat, timeoutMs } = environment.embedding
      if (apiKey === '' && baseUrl === OPENAI_ADDRESS)
        return { ...NOT_SENT, url: baseUrl, model: name, message: NO_KEY[language] }
      const { dimensions, tokens, durationMs, error, said } = await testProvider(
        { baseUrl, apiKey, encodingFormat, timeoutMs },
        name,
      )
      return {
        is_working: error === null,
        url: withoutPassword(baseUrl),
        model: name,
        dimensions,
        tokens,
        duration_ms: durationMs,
        message: error === null ? WORKING[language] : language === 'en' ? error : `${FAILED_FA} ${error}`,
        answer: withoutSecret(said, apiKey),
      }
    },
  )

  const defaultModel = () => {
    const { provider, model: named } = environment.embedding
    return provider === 'openai' ? named : DEFAULT_MODELS.openai
  }

  app.get(
    '/api/v1/version/',
    {
      schema: {
        ...shared,
        operationId: 'readVersion',
        summary: 'Versions of the program, its tables and its database, and whether a newer version is known',
        response: { 200: Version },
      },
    },
    async (request) => {
      await auth.admin(request)
      const language = languageOf(request)
      const { schema, database } = await readSchema(db.service)
      const update = await readUpdate(db.service)
      const isOn = settings.config.updateCheck.isOn
      const code = update.answerCode === null ? '' : ` (${update.answerCode})`
      const address = updateAddress(settings.config)
      return {
        version: VERSION,
        commit: COMMIT,
        schema,
        database: { kind: db.kind, version: database },
        node: process.versions.node,
        started_at: startedAt,
        uptime_s: Math.floor((Date.now() - startedAt.getTime()) / 1000),
        update_check: {
          is_on: isOn,
          address: address === null ? null : withoutPassword(address),
          asked_at: update.askedAt,
          answered_at: update.answeredAt,
          newest: update.version,
          problem: update.problem === null ? null : UPDATE_PROBLEMS[update.problem][language] + code,
        },
        newer: isOn ? newerOf(update) : null,
      }
    },
  )
}

const NO_ADDRESS = {
  en: 'is needed, because the operator’s key has no e-mail address',
  fa: 'لازم است، چون کلید مدیر سامانه نشانی ایمیل ندارد',
}
const WORKING = { en: 'The provider answered with a vector.', fa: 'سرویس با یک بردار پاسخ داد.' }
const NO_KEY = {
  en: 'OpenAI needs an API key. Enter OPENAI_API_KEY, or OPENAI_BASE_URL of a server that needs no key. No request was sent.',
  fa: 'OpenAI به کلید نیاز دارد. OPENAI_API_KEY یا OPENAI_BASE_URL سروری بدون کلید را وارد کنید. درخواستی فرستاده نشد.',
}
const NOT_SENT = { is_working: false, dimensions: null, tokens: null, duration_ms: 0, answer: null }
const FAILED_FA = 'سرویس بردار معنایی پاسخ درستی نداد:'

/** A server may repeat what it was sent. */
function withoutSecret(said: string | null, secret: string | null): string | null {
  if (said === null || !secret) return said
  const encoded = Buffer.from(secret).toString('base64')
  return said.replaceAll(secret, '…').replaceAll(encoded, '…')
}

function tooManyTests(seconds: number): Problem {
  return new Problem(
    429,
    'too_many_tests',
    {
      en: `At most ${MAX_TESTS} tests are sent in ten minutes. Try again later.`,
      fa: 'در ده دقیقه حداکثر ۱۰ آزمایش انجام می‌شود. کمی بعد دوباره امتحان کنید.',
    },
    { retryAfterSeconds: seconds },
  )
}

function turnedOff(): Problem {
  return new Problem(409, 'dashboard_settings_off', {
    en: 'The environment says DASHBOARD_SETTINGS=off, so settings cannot be changed here. Remove it and restart the server.',
    fa: 'محیط DASHBOARD_SETTINGS=off دارد، پس تنظیم‌ها از اینجا تغییر نمی‌کنند. آن را بردارید و سرور را دوباره راه‌اندازی کنید.',
  })
}
