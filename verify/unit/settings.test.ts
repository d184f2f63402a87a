import { expect, test } from 'vitest'
import { configuredProfile, embedderOf } from '../../server/src/knowledge/provider/configured-embedder.ts'
import { settingsOf } from '../../server/src/operations/settings.ts'
import { readConfig } from '../../server/src/platform/config.ts'

const SECRETS = {
  DATABASE_URL: 'postgres://fiko:the-database-password@db.example/fiko',
  OPENAI_API_KEY: 'sk-the-provider-key',
  OPENAI_BASE_URL: 'https://name:the-basic-password@models.example/v1?key=the-query-key',
  ADMIN_API_KEY: 'the-operators-own-key',
  SESSION_SECRET: 'the-secret-that-signs-session-cookies',
  ADMIN_PASSWORD: 'the-first-admins-password',
}

/** The settings of a server whose model comes from the settings. */
function settingsFrom(env: Record<string, string>) {
  const config = readConfig(env)
  const configured = configuredProfile(config.embedding)
  const current = { profileId: 1, embedder: embedderOf(configured, config.embedding) }
  return settingsOf({ config, environment: config, chosen: () => new Map() }, { configured, current: () => current })
}

test('a secret is shown only as set or not set, and an address without its password', () => {
  const settings = settingsFrom(SECRETS)
  const text = JSON.stringify(settings)
  for (const secret of [...Object.values(SECRETS), 'the-database-password', 'the-basic-password', 'the-query-key'])
    expect(text).not.toContain(secret)
  const value = (name: string) => settings.find((setting) => setting.name === name)?.value
  for (const name of ['DATABASE_URL', 'OPENAI_API_KEY', 'ADMIN_API_KEY', 'SESSION_SECRET'])
    expect(value(name)).toBe(true)
  expect(value('OPENAI_BASE_URL')).toBe('https://models.example/v1')
  const none = settingsFrom({})
  expect(none.filter((setting) => setting.is_secret).every((setting) => setting.value === false)).toBe(true)
})
