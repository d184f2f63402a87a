import type { Config } from '../platform/config.ts'
import type { Database } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import { chosenProfile, markTexts, readTarget, targetProfile } from './profiles.ts'
import { closeEmbedder, configuredProfile, embedderOf } from './provider/configured-embedder.ts'
import type { Embedder, EmbeddingProfile } from './provider/embedder.ts'
import type { ModelLoading, ThreadEmbedder } from './provider/thread-embedder.ts'

/** Every process follows another choice of the model within this time. */
const FOLLOW_INTERVAL_MS = 2_000
/** A model that was tried but not chosen stays in memory for this long: the admin may choose it when its weights are there. */
const CANDIDATE_TTL_MS = 10 * 60_000
/** Progress is logged at each tenth. */
const LOGGED_PERCENT = 10

export interface ModelInUse {
  /** The profile that gets the vectors of new texts, and its embedder. */
  current(): { profileId: number; embedder: Embedder }
  /** The embedder of any profile; a model in this process is loaded once. */
  embedderFor(profile: EmbeddingProfile): Embedder
  /** How far the model of this profile is loaded in this process; null for a model outside it. */
  loadingOf(profile: EmbeddingProfile): ModelLoading | null
  /** The profile of the settings. */
  configured: EmbeddingProfile
  /** Looks at once whether another profile is the target. */
  follow(): Promise<void>
  stop(): Promise<void>
}

/**
 * Finds the model to use: the one that an admin has chosen, otherwise the one of the settings. Follows a later choice, also one that
 * another process made, without a restart.
 */
export async function followModel(db: Database, config: Config, log: Log): Promise<ModelInUse> {
  // An address that is chosen in the dashboard serves the models that are chosen after it.
  const configured = configuredProfile({ ...config.embedding, ...config.embedding.replaced })
  const embedders = new Map<string, { embedder: Embedder | ThreadEmbedder; usedAt: number }>()

  const logProgress = (model: string) => {
    let logged = -1
    return ({ state, percent, error }: ModelLoading) => {
      const tenth = Math.floor((percent ?? 0) / LOGGED_PERCENT)
      if (state === 'loading' && percent !== null && tenth === logged) return
      logged = state === 'loading' && percent !== null ? tenth : -1
      if (state === 'failed') log.warn({ model, error }, 'model.not_loaded')
      else
        log.info({ model, ...(percent !== null && { percent }) }, state === 'ready' ? 'model.loaded' : 'model.loading')
    }
  }

  const embedderFor = (profile: EmbeddingProfile): Embedder | ThreadEmbedder => {
    const key = keyOf(profile)
    const known = embedders.get(key)
    const embedder = known?.embedder ?? embedderOf(plain(profile), config.embedding, logProgress(profile.model))
    embedders.set(key, { embedder, usedAt: performance.now() })
    return embedder
  }

  const chosen = await chosenProfile(db.service)
  const wanted = chosen ?? configured
  let current = { profileId: await targetProfile(db, wanted, log), embedder: embedderFor(wanted) as Embedder }

  const closeUnused = async () => {
    for (const [key, { embedder, usedAt }] of embedders) {
      if (embedder === current.embedder || performance.now() - usedAt < CANDIDATE_TTL_MS) continue
      embedders.delete(key)
      await closeEmbedder(embedder)
    }
  }

  const follow = async () => {
    const target = await readTarget(db.service)
    if (!target || target.id === current.profileId) return
    current = { profileId: target.id, embedder: embedderFor(target) }
    log.info({ profile: target.id, model: target.model }, 'model.followed')
  }

  const marking = { busy: false }
  const look = async () => {
    if (marking.busy) return
    marking.busy = true
    try {
      await follow()
      // Resumes the marking of another process that ended meanwhile; without an unfinished one this is a single query.
      await markTexts(db, current.profileId)
      await closeUnused()
    } catch (error) {
      log.warn({ error: String(error) }, 'model.not_followed')
    } finally {
      marking.busy = false
    }
  }
  const timer = setInterval(() => void look(), FOLLOW_INTERVAL_MS)
  timer.unref()

  return {
    current: () => current,
    embedderFor,
    loadingOf: (profile) => {
      const embedder = embedders.get(keyOf(profile))?.embedder
      return embedder && 'loading' in embedder ? embedder.loading() : null
    },
    configured,
    follow,
    stop: async () => {
      clearInterval(timer)
      while (marking.busy) await new Promise((resolve) => setTimeout(resolve, 10))
      for (const { embedder } of embedders.values()) await closeEmbedder(embedder)
    },
  }
}

/** Without the fields of a stored profile. */
function plain({ provider, url, model, dimensions, queryPrefix, passagePrefix }: EmbeddingProfile): EmbeddingProfile {
  return { provider, url, model, dimensions, queryPrefix, passagePrefix }
}

function keyOf(profile: EmbeddingProfile): string {
  return JSON.stringify(Object.values(plain(profile)))
}

/** True when both profiles make the same vectors. */
export function sameProfile(one: EmbeddingProfile, other: EmbeddingProfile): boolean {
  return keyOf(one) === keyOf(other)
}
