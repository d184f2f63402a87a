import { afterAll, beforeAll } from 'vitest'
import { createOfflineEmbedder } from '../../server/src/knowledge/provider/offline-embedder.ts'
import { createOpenAiEmbedder } from '../../server/src/knowledge/provider/openai-embedder.ts'
import { testEmbedder } from '../conformance/embedder.ts'
import { type FakeProvider, startFakeProvider } from '../support/fake-embedding-provider.ts'

let provider: FakeProvider
beforeAll(async () => {
  provider = await startFakeProvider()
})
afterAll(() => provider.close())

testEmbedder('offline', async () => createOfflineEmbedder())

testEmbedder('of an OpenAI-compatible provider', async () =>
  createOpenAiEmbedder({
    baseUrl: provider.url,
    apiKey: 'sk-test',
    model: 'small',
    dimensions: 64,
    sendDimensions: true,
    encodingFormat: 'float',
    timeoutMs: 60_000,
    maxBatch: 10,
    queryPrefix: '',
    passagePrefix: '',
  }),
)
