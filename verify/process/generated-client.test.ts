/** A client of the HTTP API is generated from the live document, and a program is compiled against it. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../server/src/platform/config.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { type RunningServer, startServer } from '../../server/src/server.ts'
import { root } from '../support/documents.ts'

const folder = mkdtempSync(join(tmpdir(), 'fiko-client-'))
let server: RunningServer

beforeAll(async () => {
  const settings = { PORT: '0', DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'silent', EMBEDDING_PROVIDER: 'offline' }
  server = await startServer(readConfig(settings), createLog('silent'))
  await promisify(execFile)(process.execPath, [
    join(root, 'scripts/generate-client-types.ts'),
    `${server.address}/openapi.json`,
    join(folder, 'fiko-sync.d.ts'),
  ])
  const compilerOptions = {
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    target: 'ES2024',
    module: 'ESNext',
    moduleResolution: 'Bundler',
    lib: ['ES2024', 'DOM'],
    types: [],
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['client.ts', 'program.ts'] }),
  )
  writeFileSync(join(folder, 'client.ts'), CLIENT)
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A client in the usual form: the operation decides the types of body and answer. */
const CLIENT = `import type { operations } from './fiko-sync.d.ts'

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never
type Answers<Id extends keyof operations> = operations[Id]['responses']
export type Answer<Id extends keyof operations> = Json<Answers<Id>[keyof Answers<Id> & (200 | 201 | 202)]>
export type Refusal<Id extends keyof operations> = Answers<Id> extends { 400: { content: infer Content } }
  ? Content[keyof Content]
  : never
export declare function send<Id extends keyof operations>(
  id: Id,
  request: Json<NonNullable<operations[Id]['requestBody']>>,
): Promise<Answer<Id>>
export declare function read<Id extends keyof operations>(
  id: Id,
  query: operations[Id]['parameters']['query'],
): Promise<Answer<Id>>
`

/** The messages of the compiler; empty when the program compiles. */
function compile(program: string): string {
  writeFileSync(
    join(folder, 'program.ts'),
    `import { type Refusal, read, send } from './client.ts'\n${program}\nexport {}\n`,
  )
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  })
  return stdout
}

test('a program that uses the API as it is compiles', () => {
  const messages = compile(`
const { status, message } = await send('sendEvent', {
  event_id: 'boot-1', event_type: 'product.updated', product: { id: 7001, name: 'Winter boot', price: '49.90' },
})
const receipt: 'accepted' | 'skipped' = status
const token: string = (await send('generateToken', { integration_type: 'knowledge', name: 'AI' })).token
const { results, next } = await read('listEvents', { status: 'dead', limit: 20 })
const link: string | null = next
const failed: string[] = results.flatMap((event) => event.error ?? [])
const found = await read('searchProducts', { q: 'boot' })
const price: string | null | undefined = found.results[0]?.product.price
const refusal = {} as Refusal<'sendEvent'>
const paths: string[] = refusal.issues?.map((issue) => issue.path) ?? []
console.log(message, receipt, token, link, failed, price, paths, refusal.error)`)
  expect(messages).toBe('')
})

test.each([
  ['a field that an answer does not have', `(await read('listTokens', {})).results[0]?.secret`, 'secret'],
  ['a field that a body does not have', `send('createStore', { name: 'Shop', colour: 'red' })`, 'colour'],
  ['a word that a parameter does not have', `read('listEvents', { status: 'failed' })`, 'failed'],
  [
    'a nullable field as if it always had a value',
    `(await read('listTokens', {})).results[0]!.expires_at.length`,
    'null',
  ],
  ['an operation that does not exist', `read('listEverything', {})`, 'listEverything'],
])('%s does not compile', (_name, expression, word) => {
  const messages = compile(`console.log(${expression})`)
  expect(messages.match(/: error TS/g)).toHaveLength(1)
  expect(messages).toContain('program.ts(')
  expect(messages).toContain(word)
})

test('the types of fiko-client are those of the API document', async () => {
  await promisify(execFile)(process.execPath, [join(root, 'scripts/update-client.ts'), '--check'])
})
