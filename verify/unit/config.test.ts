import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../server/src/platform/config.ts'

const postgres = 'postgres://user@127.0.0.1/fiko'

test('without any setting there is an embedded database on 127.0.0.1:8787, closed to operators', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 8787,
    dataDir: resolve('data'),
    databaseUrl: null,
    role: 'all',
    adminEmail: 'admin@fiko.local',
    adminPassword: null,
    publicUrl: null,
    sessionSecret: null,
    eventRetentionDays: null,
    adminApiKey: null,
    embedding: { provider: 'offline', dimensions: 384, model: '' },
    retryLimit: 3,
    retryDelayMs: 30_000,
    embeddedFsync: false,
    trustedProxies: [],
    logLevel: 'info',
  })
})

test('a setting that is empty or blank is not set', () => {
  const blank = { PORT: '', DATABASE_URL: ' ', ADMIN_API_KEY: '  ', ROLE: '', OPENAI_API_KEY: '' }
  expect(readConfig(blank)).toEqual(readConfig({}))
})

test.each([
  ['PORT', '80a'],
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '80.5'],
  ['DATABASE_URL', 'mysql://127.0.0.1/shop'],
  ['ROLE', 'worker'],
  ['ROLE', 'api'],
  ['ROLE', 'boss'],
  ['ADMIN_API_KEY', 'too-short'],
  ['ADMIN_EMAIL', 'nobody'],
  ['ADMIN_EMAIL', 'nobody@localhost'],
  ['ADMIN_PASSWORD', 'short'],
  ['PUBLIC_URL', 'sync.example.com'],
  ['PUBLIC_URL', 'https://example.com/path'],
  ['SESSION_SECRET', 'short'],
  ['EVENT_RETENTION_DAYS', '-1'],
  ['EMBEDDING_PROVIDER', 'google'],
  ['EMBEDDING_PROVIDER', 'openai'],
  ['EMBEDDING_DIMENSIONS', '16001'],
  ['EMBEDDING_DIMENSIONS', 'many'],
  ['EMBEDDING_ENCODING_FORMAT', 'hex'],
  ['EMBEDDING_BATCH_SIZE', '0'],
  ['EMBEDDING_TIMEOUT_SECONDS', '25'],
  ['EMBEDDING_PRICE_PER_MILLION_TOKENS', '0,02'],
  ['EMBEDDING_PRICE_PER_MILLION_TOKENS', '-0.02'],
  ['EMBEDDING_PRICE_PER_MILLION_TOKENS', '$0.02'],
  ['EMBEDDING_PRICE_PER_MILLION_TOKENS', '1e3'],
  ['EMBEDDING_PRICE_PER_MILLION_TOKENS', '1000000'],
  ['OPENAI_BASE_URL', 'localhost:11434'],
  ['RETRY_LIMIT', '-1'],
  ['RETRY_LIMIT', 'NaN'],
  ['RETRY_DELAY_SECONDS', 'Infinity'],
  ['EMBEDDED_FSYNC', 'yes'],
  ['DATABASE_POOL_SIZE', '1'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TRUSTED_PROXIES', '10.0.0.1, proxy.example'],
  ['LOG_LEVEL', 'verbose'],
])('%s=%s stops the start with one sentence that names it', (name, value) => {
  try {
    readConfig({ [name]: value })
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    const { message } = error as ConfigError
    expect(message).toMatch(new RegExp(`^${name}\\b`))
    expect(message).not.toContain('\n')
    expect(message.length).toBeLessThan(250)
    return
  }
  throw new Error('it was accepted')
})

test('a secret that is wrong is not repeated in the sentence', () => {
  expect(() => readConfig({ ADMIN_API_KEY: 'my-secret-key' })).toThrow(/^(?!.*my-secret-key)/)
})

test('a role other than all needs PostgreSQL and then works', () => {
  expect(readConfig({ ROLE: 'worker', DATABASE_URL: postgres })).toMatchObject({
    role: 'worker',
    databaseUrl: postgres,
  })
})

test('an OpenAI key alone chooses openai; a base URL needs no key', () => {
  expect(readConfig({ OPENAI_API_KEY: 'sk-x' }).embedding).toMatchObject({
    provider: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    model: 'text-embedding-3-small',
    dimensions: 1536,
  })
  const local = { EMBEDDING_PROVIDER: 'openai', OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1/' }
  expect(readConfig(local).embedding).toMatchObject({ provider: 'openai', baseUrl: 'http://127.0.0.1:11434/v1' })
  expect(readConfig({ OPENAI_API_KEY: 'sk-x', EMBEDDING_PROVIDER: 'offline' }).embedding.provider).toBe('offline')
})

test('proxies are addresses and networks of both families', () => {
  expect(readConfig({ TRUSTED_PROXIES: '10.0.0.1, 10.0.0.0/8,2001:db8::/32' }).trustedProxies).toEqual([
    '10.0.0.1',
    '10.0.0.0/8',
    '2001:db8::/32',
  ])
})

test('a fraction of a second is a retry delay', () => {
  expect(readConfig({ RETRY_DELAY_SECONDS: '0.5' }).retryDelayMs).toBe(500)
})

test('a price is kept as it was written, and without one it is unknown and not 0', () => {
  const priceOf = (price: string) =>
    readConfig({ EMBEDDING_PRICE_PER_MILLION_TOKENS: price }).embedding.pricePerMillionTokens
  expect(['0.02', '0', '130', ' 0.000000001 ', ''].map(priceOf)).toEqual(['0.02', '0', '130', '0.000000001', null])
})
