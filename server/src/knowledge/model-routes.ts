import { type Static, Type } from 'typebox'
import type { EmbeddingConfig } from '../platform/config.ts'
import type { Database } from '../platform/db/database.ts'
import { notFound, Problem } from '../platform/errors.ts'
import { bodyComponent, component, nullable, oneOf } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { type Language, negotiateLanguage } from '../platform/i18n.ts'
import type { Log } from '../platform/log.ts'
import { type Actor, writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { type Choice, ModelChoice, PROVIDERS, providerOptions, wantedProfile } from './model-choice.ts'
import { type ModelInUse, sameProfile } from './model-in-use.ts'
import { choose, chosenProfile, makeTarget, previousProfile, type StoredProfile } from './profiles.ts'
import type { EmbeddingProfile } from './provider/embedder.ts'

/** Maximum duration of the test request before a switch. */
const TEST_TIMEOUT_MS = 10_000
/** A static model loads within this time; weights that are being downloaded need longer, and the admin tries again. */
const LOAD_WAIT_MS = 5_000
const LOAD_LOOK_MS = 50

const { provider: _provider, ...details } = ModelChoice
const ChoiceBody = bodyComponent(
  'EmbeddingModelChoice',
  Type.Object({ provider: ModelChoice.provider, ...details }, { additionalProperties: false }),
)

const ModelReference = component(
  'EmbeddingModelReference',
  Type.Object({
    id: Type.Integer({ description: 'the id of the profile' }),
    provider: Type.String(),
    model: Type.String(),
    dimensions: Type.Integer(),
    state: oneOf(['building', 'active', 'retired']),
  }),
)

const ModelState = component(
  'EmbeddingModel',
  Type.Object({
    in_use: Type.Unsafe<Static<typeof ModelReference>>(ModelReference),
    chosen_by: oneOf(['environment', 'dashboard'], {
      description: 'dashboard: the choice takes the place of the settings EMBEDDING_PROVIDER and EMBEDDING_MODEL',
    }),
    previous: nullable(Type.Unsafe<Static<typeof ModelReference>>(ModelReference)),
    loading: Type.Object(
      {
        state: oneOf(['none', 'idle', 'loading', 'ready', 'failed']),
        percent: nullable(Type.Integer({ description: 'of the downloaded bytes' })),
        error: nullable(Type.String()),
      },
      { description: 'The model in the memory of the process that answers; none: the model is not in this process.' },
    ),
    providers: Type.Array(
      Type.Object({
        provider: oneOf(PROVIDERS),
        is_available: Type.Boolean(),
        reason: nullable(Type.String({ description: 'the missing setting or command' })),
        models: Type.Array(Type.String()),
      }),
    ),
  }),
)
export type ModelState = Static<typeof ModelState>

interface Parts {
  db: Database
  auth: Authenticator
  model: ModelInUse
  config: EmbeddingConfig
  log: Log
}

/** Choice of the embedding model by an admin, with a test request before and a way back. */
export function modelRoutes(app: Http, { db, auth, model, config, log }: Parts): void {
  const shared = { tags: ['knowledge'], security: BY_PERSON }

  const readState = async (language: Language): Promise<ModelState> => {
    const { profileId, embedder } = model.current()
    const previous = await previousProfile(db.service)
    const chosen = await chosenProfile(db.service)
    const [row] = await db.service.query<Pick<StoredProfile, 'state'>>(
      'select state from embedding_profiles where id = $1',
      [profileId],
    )
    const loading = model.loadingOf(embedder.profile)
    return {
      in_use: referenceOf({ ...embedder.profile, id: profileId, state: row?.state ?? 'active' }),
      chosen_by: chosen ? 'dashboard' : 'environment',
      previous: previous && referenceOf(previous),
      loading: loading ?? { state: 'none', percent: null, error: null },
      providers: providerOptions(config).map(({ provider, isAvailable, reason, models }) => ({
        provider,
        is_available: isAvailable,
        reason: reason?.[language] ?? null,
        models,
      })),
    }
  }

  /** Makes the profile the target and records the choice; the profile of the settings needs none. */
  const switchTo = async (profile: EmbeddingProfile, by: Actor, how: 'choice' | 'undo' | 'environment') => {
    await db.service.transaction(async (tx) => {
      const id = await makeTarget(tx, profile, log)
      const isOfSettings = how === 'environment' || (how === 'undo' && sameProfile(profile, model.configured))
      await choose(tx, isOfSettings ? null : id)
      await writeAuditEntry(tx, by, {
        action: 'model.chosen',
        detail: { provider: profile.provider, model: profile.model, dimensions: profile.dimensions, how },
      })
    })
    // The texts are marked in the background (model-in-use.ts); the building profile waits for that.
    await model.follow()
  }

  app.get(
    '/api/v1/knowledge/model/',
    {
      schema: {
        ...shared,
        operationId: 'readEmbeddingModel',
        summary: 'The embedding model in use, the previous one, and the providers to choose from',
        response: { 200: ModelState },
      },
    },
    async (request) => {
      await auth.admin(request)
      return await readState(negotiateLanguage(request.headers['accept-language']))
    },
  )

  app.post(
    '/api/v1/knowledge/model/',
    {
      schema: {
        ...shared,
        operationId: 'chooseEmbeddingModel',
        summary: 'Choose another embedding model; it is built in the background',
        body: ChoiceBody,
        response: { 202: ModelState },
        problems: [409],
        example: { body: { provider: 'offline', dimensions: 256 } },
      },
    },
    async (request, reply) => {
      const admin = await auth.admin(request)
      const profile = wantedProfile(request.body as Choice, config)
      await assureAnswers(model, profile)
      await switchTo(profile, actorOf(request, admin), 'choice')
      reply.code(202)
      return await readState(negotiateLanguage(request.headers['accept-language']))
    },
  )

  app.post(
    '/api/v1/knowledge/model/undo/',
    {
      schema: {
        ...shared,
        operationId: 'undoEmbeddingModel',
        summary: 'Return to the previous embedding model; its vectors are kept for 14 days',
        response: { 202: ModelState },
        problems: [404],
      },
    },
    async (request, reply) => {
      const admin = await auth.admin(request)
      const previous = await previousProfile(db.service)
      if (!previous) throw notFound()
      await switchTo(previous, actorOf(request, admin), 'undo')
      reply.code(202)
      return await readState(negotiateLanguage(request.headers['accept-language']))
    },
  )

  app.delete(
    '/api/v1/knowledge/model/',
    {
      schema: {
        ...shared,
        operationId: 'forgetEmbeddingModel',
        summary: 'Return to the embedding model of the settings',
        response: { 202: ModelState },
      },
    },
    async (request, reply) => {
      const admin = await auth.admin(request)
      await switchTo(model.configured, actorOf(request, admin), 'environment')
      reply.code(202)
      return await readState(negotiateLanguage(request.headers['accept-language']))
    },
  )
}

function referenceOf({ id, provider, model, dimensions, state }: StoredProfile): ModelState['in_use'] {
  return { id, provider, model, dimensions, state }
}

/** Sends a test request. @throws {Problem} 409 when the model does not answer, or while its weights are being loaded */
async function assureAnswers(model: ModelInUse, profile: EmbeddingProfile): Promise<void> {
  const embedder = model.embedderFor(profile)
  const until = performance.now() + LOAD_WAIT_MS
  let error: unknown = null
  for (;;) {
    try {
      await embedder.embed(['test'], 'query', AbortSignal.timeout(TEST_TIMEOUT_MS))
      return
    } catch (failure) {
      error = failure
    }
    const isLoading = model.loadingOf(profile)?.state === 'loading'
    if (!isLoading || performance.now() > until) break
    await new Promise((resolve) => setTimeout(resolve, LOAD_LOOK_MS))
  }
  const loading = model.loadingOf(profile)
  const said = error instanceof Error ? error.message : String(error)
  if (loading?.state === 'loading')
    throw new Problem(409, 'model_loading', {
      en: `${said} Choose it again when it is loaded; the present model stays in use.`,
      fa: `مدل در حال بارگذاری است${loading.percent === null ? '' : ` (${loading.percent.toLocaleString('fa-IR')}٪)`}. پس از بارگذاری دوباره انتخابش کنید. مدل کنونی همچنان به کار می‌رود.`,
    })
  throw new Problem(409, 'model_not_reachable', {
    en: `The model did not answer a test request, so nothing was changed. ${said}`,
    fa: `مدل به درخواست آزمایشی پاسخ نداد، پس چیزی تغییر نکرد. ${said}`,
  })
}
