/** Runs what the documents tell people to run, in the order in which they are told. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Block, blocksOf, documents, root, textOf } from '../../support/documents.ts'
import { anUpdate } from '../../support/events.ts'
import {
  ADMIN_API_KEY,
  call,
  databaseKind,
  type FreshDatabase,
  freshDatabase,
  type Shop,
  startTestServer,
  type TestServer,
} from '../../support/test-server.ts'

const NOT_RUN = /^not-run: \S/
const SERVES = /^serves(?:=(\d))?$/
const told = documents().filter((file) => /^(README(\.fa)?\.md|docs\/)/.test(file))
/** The Persian documents have the same commands, letter for letter: `unit/documents.test.ts`. */
const isOriginal = (file: string) => !/^(README\.fa\.md|docs\/fa\/)/.test(file)

let server: TestServer
let shop: Shop
let knowledge: string
const playgrounds: Playground[] = []
const started = new Set<ChildProcess>()

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
  knowledge = await server.knowledgeToken()
})
afterAll(async () => {
  for (const { pid } of started) if (pid) process.kill(-pid, 'SIGKILL')
  await server.stop()
  for (const { folder, database } of playgrounds) {
    await database.remove()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('every block of commands runs here or names the reason', () => {
  for (const block of told.flatMap(blocksOf)) {
    if (block.language !== 'sh') continue
    const isKnown = block.mark === '' || NOT_RUN.test(block.mark) || SERVES.test(block.mark)
    expect(isKnown, `${block.file}:${block.line} ${block.mark}`).toBe(true)
  }
})

// Each block runs once: what names a PostgreSQL where there is one, everything else beside the embedded database.
const isHere = (block: Block) => /postgres:\/\//.test(block.code) === (databaseKind === 'postgres')
const runs = (file: string) => blocksOf(file).filter((block) => block.language === 'sh' && !NOT_RUN.test(block.mark))

for (const file of told.filter((file) => isOriginal(file) && runs(file).some(isHere))) {
  test(`the commands of ${file} succeed`, async () => {
    const playground = await makePlayground()
    // A document is read from its top; where a block needs what another database's run has made, it is run here as well.
    const needed = databaseKind === 'postgres' ? runs(file) : runs(file).filter(isHere)
    for (const block of needed) await run(block, playground)
  })
}

test('the event in docs/api.md is accepted unchanged, and found', async () => {
  const event = blocksOf('docs/api.md').find((block) => block.code.includes('"event_type": "product.updated"'))
  const answer = await shop.send(event?.code)
  expect(answer).toMatchObject({ status: 202, body: { status: 'accepted' } })
  await server.settled()
  expect((await server.search('کفش اسپرت', { token: knowledge })).body.results[0].product.id).toBeGreaterThan(0)
})

test('docs/api.md names every route that the server describes, and the server every path that it names in full', async () => {
  const { paths } = (await call(server.url, 'GET', '/openapi.json')).body
  const text = textOf('docs/api.md')
  const isNamed = (path: string) => {
    const parts = path.split('/').filter(Boolean)
    const endings = parts.slice(1).map((_, index) => `…/${parts.slice(index + 1).join('/')}/`)
    return [path, ...endings].some((name) => text.includes(name))
  }
  for (const path of Object.keys(paths)) expect(isNamed(path), path).toBe(true)
  const named = text.match(/(?<=[ `|])\/api\/(?!auth)[\w{}/-]+/g) ?? []
  expect(named.length).toBeGreaterThan(20)
  for (const path of named)
    expect(
      Object.keys(paths).map((known) => known.replace(/\/$/, '')),
      path,
    ).toContain(path.replace(/\/$/, ''))
})

interface Playground {
  /** Looks like the repository; nothing that a command writes in it is kept. */
  folder: string
  /** An empty one, for a document that moves into PostgreSQL. */
  database: FreshDatabase
}

async function makePlayground(): Promise<Playground> {
  const folder = mkdtempSync(join(tmpdir(), 'fiko-documents-'))
  for (const entry of readdirSync(root)) {
    if (!['.git', 'data', 'release'].includes(entry)) symlinkSync(join(root, entry), join(folder, entry))
  }
  const events = ['one', 'two'].map((name, index) =>
    JSON.stringify(anUpdate({ id: 900 + index, name }, { event_id: `${folder}-${name}` })),
  )
  writeFileSync(join(folder, 'events.ndjson'), `${events.join('\n')}\n`)
  const bin = join(folder, '.bin')
  mkdirSync(bin)
  const npm = String(execFileSync('sh', ['-c', 'command -v npm'])).trim()
  // The packages are installed: a second installation would remove them during other tests.
  command(bin, 'npm', `[ "$1" = ci ] && exit 0\nexec ${npm} "$@"`)
  // From the packed file: unit/package.test.ts.
  command(bin, 'npx', `[ "$1" = fiko ] && shift && exec ${process.execPath} ${root}bin/fiko.mjs "$@"\nexit 127`)
  // Without it curl is content with a 401.
  writeFileSync(join(folder, '.curlrc'), 'fail-with-body\n')
  const playground = { folder, database: await freshDatabase('prepared') }
  playgrounds.push(playground)
  return playground
}

function command(bin: string, name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, name), 0o755)
}

/** The reader's own values: addresses, tokens and keys. */
function filledIn(code: string, { database }: Playground): string {
  return code
    .replaceAll('http://127.0.0.1:8787', server.url)
    .replaceAll('wc_sk_live_…', shop.token)
    .replaceAll('kb_sk_live_…', knowledge)
    .replaceAll('ADMIN_API_KEY=…', `ADMIN_API_KEY=${ADMIN_API_KEY}`)
    .replaceAll(/postgres:\/\/\S+/g, database.env.DATABASE_URL ?? '')
    .replaceAll('PORT=8788', 'PORT=0')
}

async function run(block: Block, playground: Playground): Promise<void> {
  const { folder } = playground
  const code = filledIn(block.code, playground)
  const where = `${block.file}:${block.line}`
  expect(code, `${where} has a placeholder that is not filled in`).not.toContain('…')
  const servers = SERVES.test(block.mark) ? Number(SERVES.exec(block.mark)?.[1] ?? 1) : 0
  // The next block has the exported variables of the previous one, as in the reader's terminal.
  const script = `set -euo pipefail\n[ ! -f .exported ] || . ./.exported\nset -a\n${code}\nexport -p > .exported`
  const { NODE_COMPILE_CACHE = '' } = process.env
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    detached: true,
    env: {
      PATH: `${join(folder, '.bin')}:${join(process.execPath, '../..')}:/usr/local/bin:/usr/bin:/bin`,
      HOME: folder,
      NODE_COMPILE_CACHE,
      PORT: '0',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.add(child)
  let said = ''
  let ready = 0
  const hear = (chunk: Buffer) => {
    said += chunk
    const now = said.match(/Fiko Sync is ready: /g)?.length ?? 0
    // Ctrl-C, once all that it starts are there.
    if (now !== ready && now === servers && child.pid) process.kill(-child.pid, 'SIGINT')
    ready = now
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const [exitCode] = await once(child, 'close')
  started.delete(child)
  if (servers > 0) expect(ready, `${where}\n${said}`).toBe(servers)
  else expect(exitCode, `${where}\n${said}`).toBe(0)
}
