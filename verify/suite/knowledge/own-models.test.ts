import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { behaveLocally, installFakeLibrary, writeStaticModel } from '../../support/fake-models.ts'
import { freshDatabase, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fiko-models-'))
  open.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(env: Record<string, string>): Promise<TestServer> {
  const server = await startTestServer(env)
  open.push(() => server.stop())
  return server
}

/** A server with the fake library in the folder of its models. */
async function startLocal(env: Record<string, string> = {}): Promise<{ server: TestServer; folder: string }> {
  const database = await freshDatabase('prepared')
  open.push(() => database.remove())
  const folder = join(database.env.DATA_DIR ?? '', 'models')
  mkdirSync(folder, { recursive: true })
  installFakeLibrary(folder)
  return { server: await start({ ...database.env, EMBEDDING_PROVIDER: 'local', ...env }), folder }
}

const textsOf = (folder: string): string[] =>
  existsSync(join(folder, 'texts.ndjson'))
    ? readFileSync(join(folder, 'texts.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : []

const provider = async (server: TestServer) =>
  (await server.admin('GET', '/api/v1/diagnosis/')).body.results.find(
    (finding: { check: string }) => finding.check === 'provider',
  )

test('a static model of a local folder embeds texts and queries, with its weights', async () => {
  const folder = join(temporaryFolder(), 'tiny-model')
  writeStaticModel(folder, [
    ['lamp', [1, 0, 0, 0, 0, 0, 0, 0], 3],
    ['light', [1, 0, 0, 0, 0, 0, 0, 0]],
    ['چراغ', [1, 0, 0, 0, 0, 0, 0, 0]],
    ['carpet', [0, 1, 0, 0, 0, 0, 0, 0], 4],
  ])
  const server = await start({ EMBEDDING_PROVIDER: 'static', EMBEDDING_STATIC_PATH: folder })
  const shop = await server.newShop()
  await shop.send(
    anUpdate({
      id: 1,
      name: 'Lamp carpet',
      description: '',
      short_description: '',
      categories: [],
      tags: [],
      attributes: [],
    }),
  )
  await server.settled()
  const [stored] = await server.sql<{ embedding: string; model: string; provider: string }>(
    `select e.embedding::text as embedding, f.model, f.provider from chunk_embeddings e join embedding_profiles f on f.id = e.profile_id`,
  )
  expect(stored?.provider).toBe('static')
  expect(stored?.model).toMatch(/^tiny-model-[0-9a-f]{8}$/)
  // (3, 4) of length 1: the weights count, and unknown words count nothing.
  expect(JSON.parse(stored?.embedding ?? '').map((value: number) => Math.round(value * 1000) / 1000)).toEqual([
    0.6, 0.8, 0, 0, 0, 0, 0, 0,
  ])
  const found = await server.search('چراغ')
  expect(found.body.degraded).toBe(false)
  expect(await provider(server)).toMatchObject({ state: 'ok' })
})

test('another file in the folder of a static model is another model', async () => {
  const folder = join(temporaryFolder(), 'tiny-model')
  const database = await freshDatabase('prepared')
  open.push(() => database.remove())
  const env = { ...database.env, EMBEDDING_PROVIDER: 'static', EMBEDDING_STATIC_PATH: folder }
  writeStaticModel(folder, [['lamp', [1, 0, 0, 0, 0, 0, 0, 0]]])
  const first = await startTestServer(env)
  const shop = await first.newShop()
  await shop.send(anUpdate({ id: 1, name: 'Lamp' }))
  await first.settled()
  await first.stop()
  writeStaticModel(folder, [['lamp', [0, 1, 0, 0, 0, 0, 0, 0]]])
  const second = await start(env)
  await second.settled()
  await waitFor('the new file to be the active model', async () => {
    const [row] = await second.sql<{ count: number }>(
      `select count(*)::int as count from embedding_profiles where state = 'active' and id > 1`,
    )
    return row?.count === 1
  })
  const rows = await second.sql('select provider, state from embedding_profiles where provider = $1 order by id', [
    'static',
  ])
  expect(rows).toEqual([
    { provider: 'static', state: 'retired' },
    { provider: 'static', state: 'active' },
  ])
})

test.each([
  ['has no readable file tokenizer.json', (folder: string) => rmSync(join(folder, 'tokenizer.json'))],
  ['the copy is not complete', (folder: string) => truncateSync(join(folder, 'model.safetensors'), 120)],
  ['is broken', (folder: string) => writeFileSync(join(folder, 'model.safetensors'), 'PK not a model')],
])('a server with a broken static model does not start and says that the file %s', async (sentence, damage) => {
  const folder = join(temporaryFolder(), 'tiny-model')
  writeStaticModel(folder, [['lamp', [1, 0, 0, 0, 0, 0, 0, 0]]])
  damage(folder)
  await expect(startTestServer({ EMBEDDING_PROVIDER: 'static', EMBEDDING_STATIC_PATH: folder })).rejects.toThrow(
    sentence,
  )
})

test('a local model gets the prefixes that it needs, for texts and for queries', async () => {
  const { server, folder } = await startLocal()
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 1, name: 'Walled garden' }))
  await server.settled()
  expect(textsOf(folder).some((text) => text.startsWith('passage: ') && text.includes('Walled garden'))).toBe(true)
  const found = await server.search('walled garden')
  expect(found.body.degraded).toBe(false)
  expect(textsOf(folder)).toContain('query: walled garden')
  const rows = await server.sql(`select model, dimensions, query_prefix from embedding_profiles where state = 'active'`)
  expect(rows).toEqual([{ model: 'Xenova/multilingual-e5-small', dimensions: 384, query_prefix: 'query: ' }])
})

test('while the weights of a local model download, the server is ready, says how far it is, and answers from words', async () => {
  const database = await freshDatabase('prepared')
  open.push(() => database.remove())
  const folder = join(database.env.DATA_DIR ?? '', 'models')
  installFakeLibrary(folder)
  behaveLocally(folder, { waits: true })
  const server = await start({ ...database.env, EMBEDDING_PROVIDER: 'local' })
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 1, name: 'Walled garden' }))
  await waitFor('the download to begin', async () => {
    const { body } = await server.admin('GET', '/api/v1/knowledge/model/')
    return body.loading.state === 'loading' && body.loading.percent === 50
  })
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  await waitFor('the product to be found by words', async () => {
    const { body } = await server.search('walled garden')
    return body.results.length === 1 && body.degraded === true
  })
  expect(await provider(server)).toMatchObject({ state: 'warning' })
  writeFileSync(join(folder, 'go'), '')
  await server.settled()
  await waitFor('search to use the model', async () => (await server.search('walled garden')).body.degraded === false)
})

test('HTTP answers while a local model computes for seconds', async () => {
  const { server, folder } = await startLocal()
  behaveLocally(folder, { blockMs: 300 })
  const shop = await server.newShop()
  await shop.sendBatch(Array.from({ length: 20 }, (_, i) => anUpdate({ id: i + 1, name: `Lamp number ${i}` })))
  await waitFor('the model to compute', async () => textsOf(folder).length > 0)
  const before = textsOf(folder).length
  for (let asked = 0; asked < 20; asked += 1) expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  const [row] = await server.sql<{ pending: number }>(
    `select count(*)::int as pending from knowledge_chunks where embedding_status = 'pending'`,
  )
  // On the thread of HTTP, the twenty requests would have waited for several messages of 300 ms each.
  expect(row?.pending).toBeGreaterThan(0)
  expect(textsOf(folder).length - before).toBeLessThan(20)
  await server.settled()
})

const failures: [what: string, behaviour: string, env: Record<string, string>, sentence: string][] = [
  ['without network', 'fetch failed: getaddrinfo ENOTFOUND huggingface.co', {}, 'cannot be downloaded'],
  [
    'with EMBEDDING_OFFLINE=on and no weights',
    'file was not found locally',
    { EMBEDDING_OFFLINE: 'on' },
    'EMBEDDING_OFFLINE=on',
  ],
  ['with too little memory', 'std::bad_alloc', {}, 'too little memory'],
  ['with a broken file', 'Load model failed: Protobuf parsing failed.', {}, 'is broken'],
]
test.each(failures)('a local model %s fails with a sentence, and words answer', async (_, load, env, sentence) => {
  const database = await freshDatabase('prepared')
  open.push(() => database.remove())
  const folder = join(database.env.DATA_DIR ?? '', 'models')
  installFakeLibrary(folder)
  behaveLocally(folder, { load })
  const server = await start({ ...database.env, EMBEDDING_PROVIDER: 'local', ...env })
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 1, name: 'Walled garden' }))
  await waitFor('the failure to be told', async () => {
    const { body } = await server.admin('GET', '/api/v1/knowledge/model/')
    return body.loading.state === 'failed' && body.loading.error.includes(sentence)
  })
  expect(await provider(server)).toMatchObject({ state: 'failed', seen: expect.stringContaining(sentence) })
  await waitFor('the product to be found by words', async () => {
    const { body } = await server.search('walled garden')
    return body.results.length === 1 && body.degraded === true
  })
})

test('without the library a local model says which command installs it, and words answer', async () => {
  const server = await start({ EMBEDDING_PROVIDER: 'local' })
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 1, name: 'Walled garden' }))
  await waitFor(
    'the product to be found by words',
    async () => (await server.search('garden')).body.results.length === 1,
  )
  await waitFor('the command', async () => (await provider(server)).seen.includes('npm install --prefix'))
})

test('a thread of a model that ends is a provider that is down', async () => {
  const { server, folder } = await startLocal()
  behaveLocally(folder, { crash: true })
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 1, name: 'Walled garden' }))
  await waitFor('the failure to be told', async () => {
    const { body } = await server.admin('GET', '/api/v1/knowledge/model/')
    return body.loading.state === 'failed'
  })
  expect((await server.search('walled garden')).body).toMatchObject({ degraded: true })
  expect(await server.sql(`select 1 from knowledge_chunks where embedding_status = 'refused'`)).toEqual([])
})
