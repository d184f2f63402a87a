import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { InputRefused, ProviderUnavailable } from '../../server/src/knowledge/provider/embedder.ts'
import {
  createOpenAiEmbedder,
  type OpenAiEmbedderOptions,
} from '../../server/src/knowledge/provider/openai-embedder.ts'

const apiKey = 'sk-very-secret'
const signal = new AbortController().signal
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function provider(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

function answering(status: number, body: unknown, headers: Record<string, string> = {}): Promise<string> {
  return provider((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
}

function embedder(baseUrl: string, options: Partial<OpenAiEmbedderOptions> = {}) {
  return createOpenAiEmbedder({
    baseUrl,
    apiKey,
    model: 'small',
    dimensions: 2,
    sendDimensions: false,
    encodingFormat: 'float',
    timeoutMs: 2_000,
    maxBatch: 10,
    queryPrefix: 'query: ',
    passagePrefix: 'passage: ',
    ...options,
  })
}

async function failure(baseUrl: string, options: Partial<OpenAiEmbedderOptions> = {}): Promise<Error> {
  try {
    await embedder(baseUrl, options).embed(['a', 'b'], 'passage', signal)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('It should have failed.')
}

const item = (index: number, embedding: unknown) => ({ object: 'embedding', index, embedding })
const base64 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, at) => {
    bytes.writeFloatLE(value, at * 4)
  })
  return bytes.toString('base64')
}

test('the request has the documented form, with the prefix of the purpose', async () => {
  const requests: unknown[] = []
  const baseUrl = await provider(async (request, response) => {
    const { method, url, headers } = request
    requests.push({ method, url, key: headers.authorization, body: JSON.parse(await readText(request)) })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data: [item(0, [1, 2])] }))
  })
  await embedder(`${baseUrl}/`).embed(['کفش'], 'query', signal)
  await embedder(baseUrl, { apiKey: '', sendDimensions: true, encodingFormat: 'base64' }).embed(
    ['hat'],
    'passage',
    signal,
  )
  expect(requests).toEqual([
    {
      method: 'POST',
      url: '/v1/embeddings',
      key: `Bearer ${apiKey}`,
      body: { model: 'small', input: ['query: کفش'], encoding_format: 'float' },
    },
    {
      method: 'POST',
      url: '/v1/embeddings',
      key: undefined,
      body: { model: 'small', input: ['passage: hat'], encoding_format: 'base64', dimensions: 2 },
    },
  ])
})

test('vectors come in the order of the texts, as numbers or base64, in either requested format', async () => {
  const baseUrl = await answering(200, { data: [item(1, base64(0.5, -1)), item(0, [3, 4])] })
  const { vectors } = await embedder(baseUrl).embed(['a', 'b'], 'passage', signal)
  expect(vectors).toEqual([Float32Array.of(3, 4), Float32Array.of(0.5, -1)])
})

test.each([
  ['OpenAI and vLLM', { prompt_tokens: 12, total_tokens: 12 }, 12],
  ['a server that tells the prompt alone', { prompt_tokens: 9 }, 9],
  ['one that leaves it out', undefined, null],
  ['null', null, null],
  ['a usage without counts', {}, null],
  ['a number for a usage', 12, null],
  ['less than nothing', { total_tokens: -3 }, null],
  ['a fraction', { total_tokens: 1.5 }, null],
  ['text', { total_tokens: '12' }, null],
  ['nothing for two texts', { prompt_tokens: 0, total_tokens: 0 }, null],
  ['more than can be summed', { total_tokens: 1e300 }, null],
])(
  'of the usage of %s the tokens are taken if they are a count, and the vectors in any case',
  async (_, usage, tokens) => {
    const baseUrl = await answering(200, { data: [item(0, [1, 2]), item(1, [1, 2])], usage })
    const embedded = await embedder(baseUrl).embed(['a', 'b'], 'passage', signal)
    expect(embedded.tokens).toBe(tokens)
    expect(embedded.vectors).toHaveLength(2)
  },
)

test('no texts cost no request, and too many are refused before one', async () => {
  let requests = 0
  const baseUrl = await provider((_request, response) => {
    requests += 1
    response.end()
  })
  expect(await embedder(baseUrl).embed([], 'passage', signal)).toEqual({ vectors: [], tokens: null })
  await expect(embedder(baseUrl, { maxBatch: 1 }).embed(['a', 'b'], 'passage', signal)).rejects.toThrow(RangeError)
  expect(requests).toBe(0)
})

test.each([
  ['too few embeddings', { data: [item(0, [1, 2])] }],
  ['too many embeddings', { data: [item(0, [1, 2]), item(1, [1, 2]), item(2, [1, 2])] }],
  ['the same index twice', { data: [item(0, [1, 2]), item(0, [1, 2])] }],
  ['an index outside', { data: [item(0, [1, 2]), item(2, [1, 2])] }],
  ['no index', { data: [{ embedding: [1, 2] }, { embedding: [1, 2] }] }],
  ['wrong dimensions', { data: [item(0, [1, 2]), item(1, [1, 2, 3])] }],
  ['wrong dimensions in base64', { data: [item(0, [1, 2]), item(1, base64(1))] }],
  ['broken base64', { data: [item(0, [1, 2]), item(1, Buffer.alloc(9, 1).toString('base64'))] }],
  ['null for a number', { data: [item(0, [1, 2]), item(1, [1, null])] }],
  ['a number beyond float32', { data: [item(0, [1, 2]), item(1, [1, 1e300])] }],
  ['NaN in base64', { data: [item(0, [1, 2]), item(1, base64(1, Number.NaN))] }],
  ['only zeros', { data: [item(0, [1, 2]), item(1, [0, 0])] }],
  ['null for an item', { data: [item(0, [1, 2]), null] }],
  ['no list', { error: 'model is loading' }],
  ['null', null],
  ['broken JSON', '{"data": ['],
])("%s is the provider's fault, not the text's", async (_, body) => {
  const error = await failure(await answering(200, body))
  expect(error).toBeInstanceOf(ProviderUnavailable)
  // Caught by its own check, not as a crash that looks like a broken network.
  expect(error.message).not.toContain('cannot be reached')
})

test('a page of HTML with status 200 points at the address', async () => {
  const error = await failure(
    await answering(200, { data: [item(0, [1, 2]), item(1, [1, 2])] }, { 'content-type': 'text/html' }),
  )
  expect(error).toBeInstanceOf(ProviderUnavailable)
  expect(error.message).toContain('did not answer with JSON')
})

test.each([400, 413, 422])("status %i refuses the input, with the provider's words", async (status) => {
  const error = await failure(
    await answering(status, { error: { message: `too long ${apiKey} ${'x'.repeat(5_000)}` } }),
  )
  expect(error).toBeInstanceOf(InputRefused)
  expect(error.message).toMatch(/^too long \[API key\] x+$/)
  expect(error.message).toHaveLength(300)
})

test.each([
  [{ error: 'plain words' }, 'plain words'],
  [{ detail: 'plain words' }, 'plain words'],
  ['plain words', 'plain words'],
  ['null', 'null'],
  ['', 'HTTP 400'],
])('a refusal as %j has the message %s', async (body, message) => {
  const error = await failure(await answering(400, body))
  expect(error).toBeInstanceOf(InputRefused)
  expect(error.message).toBe(message)
})

test.each([401, 402, 403, 404, 408, 429, 500, 502, 503])(
  "status %i is not the text's fault and leaks no key",
  async (status) => {
    const error = await failure(await answering(status, { error: { message: `Incorrect API key: ${apiKey}` } }))
    expect(error).toBeInstanceOf(ProviderUnavailable)
    expect(error.message).toContain(String(status))
    expect(error.message).not.toContain(apiKey)
    expect(error).toHaveProperty('retryAfterMs', null)
  },
)

test.each([
  ['7', 7_000, 7_000],
  ['0', 0, 0],
  ['99999999', 3_600_000, 3_600_000],
  [new Date(Date.now() + 3_000_000).toUTCString(), 2_000_000, 3_000_000],
  ['Wed, 21 Oct 2015 07:28:00 GMT', 0, 0],
])('Retry-After %s is understood', async (header, atLeast, atMost) => {
  const error = await failure(await answering(429, '', { 'retry-after': header }))
  if (!(error instanceof ProviderUnavailable)) throw error
  expect(error.retryAfterMs).toBeGreaterThanOrEqual(atLeast)
  expect(error.retryAfterMs).toBeLessThanOrEqual(atMost)
})

test('a Retry-After that means nothing is none', async () => {
  expect(await failure(await answering(503, '', { 'retry-after': 'soon' }))).toHaveProperty('retryAfterMs', null)
})

test('a redirect is not followed and the key goes nowhere else', async () => {
  let redirected = 0
  const otherServer = await provider((_request, response) => {
    redirected += 1
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data: [item(0, [1, 2]), item(1, [1, 2])] }))
  })
  for (const status of [302, 307]) {
    const error = await failure(await answering(status, '', { location: `${otherServer}/embeddings` }))
    expect(error).toBeInstanceOf(ProviderUnavailable)
    expect(error.message).toContain(String(status))
  }
  expect(redirected).toBe(0)
})

test('a provider that is silent, or stops in the middle, meets the timeout', async () => {
  const silent = await provider(() => {})
  const stuck = await provider((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{"data"')
  })
  for (const baseUrl of [silent, stuck]) {
    const error = await failure(baseUrl, { timeoutMs: 100 })
    expect(error).toBeInstanceOf(ProviderUnavailable)
    expect(error.message).toContain('100 ms')
  }
})

test("the caller's abort comes back as the caller's reason", async () => {
  const silent = await provider(() => {})
  const stopped = new Error('stopped')
  const controller = new AbortController()
  const call = embedder(silent, { timeoutMs: 60_000 }).embed(['a'], 'query', controller.signal)
  setTimeout(() => controller.abort(stopped), 50)
  await expect(call).rejects.toBe(stopped)
})

test('a refused or cut connection is the provider being away', async () => {
  const gone = await answering(200, '')
  servers.splice(0).forEach((server) => {
    server.close()
  })
  const refused = await failure(gone)
  expect(refused).toBeInstanceOf(ProviderUnavailable)
  expect(refused.message).toContain('ECONNREFUSED')

  const cut = await failure(
    await provider((request) => {
      request.socket.destroy()
    }),
  )
  expect(cut).toBeInstanceOf(ProviderUnavailable)
})

test('an address with a password in it is not repeated in the message', async () => {
  const error = await failure('http://user:hunter2@127.0.0.1:9/v1')
  expect(error).toBeInstanceOf(ProviderUnavailable)
  expect(error.message).not.toContain('hunter2')
})

test('an endless answer is left after 64 MB', async () => {
  let sent = 0
  const megabyte = Buffer.alloc(1024 * 1024, ' ')
  const baseUrl = await provider((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = () => {
      while (!response.destroyed && sent < 200 && response.write(megabyte)) sent += 1
      sent += 1
      if (sent >= 200) response.end()
    }
    response.on('drain', more)
    more()
  })
  const error = await failure(baseUrl, { timeoutMs: 15_000 })
  expect(error).toBeInstanceOf(ProviderUnavailable)
  expect(error.message).toContain('64 MB')
  expect(sent).toBeLessThan(120)
})
