import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { remoteTo, runFiko } from '../../support/fiko-command.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const directory = mkdtempSync(join(tmpdir(), 'fiko-dead-letters-'))
let server: TestServer
let shop: Shop

const fiko = (...args: string[]) => runFiko(['dead-letters', ...args], remoteTo(server))

beforeAll(async () => {
  server = await startTestServer({ RETRY_LIMIT: '0' })
  shop = await server.newShop()
  await server.sql(`create function curse() returns trigger language plpgsql security definer as $$ begin
    if new.name like 'Cursed%' then raise exception 'cursed'; end if; return new; end $$`)
  await server.sql('create trigger curse before insert or update on products for each row execute function curse()')
  for (const id of [1, 2, 3]) await shop.send(anUpdate({ id, name: `Cursed teapot ${id}` }))
  await shop.send(anUpdate({ id: 4, name: 'Long cup' }))
  await server.settled()
  await server.sql(
    `update knowledge_chunks set embedding_status = 'refused', embedding_error = 'too long' where position = 0`,
  )
})
afterAll(async () => {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
})

test('dead letters of both kinds are grouped, listed and written to a file', async () => {
  const groups = await fiko('groups')
  expect(groups.out).toContain('Cursed teapot 3, Cursed teapot 2')
  expect(groups.out).toContain('too long')
  const { results } = JSON.parse((await fiko('groups', '--kind', 'event', '--json')).out)
  expect(results).toMatchObject([{ count: 3, products: 3 }])
  const list = await fiko('list', '--group', results[0].group)
  expect(list.out.match(/event:\d+/g)).toHaveLength(3)
  const file = join(directory, 'dead-letters.csv')
  expect((await fiko('export', file)).code).toBe(0)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const text = readFileSync(file, 'utf8')
  expect(text.trimEnd().split('\r\n')).toHaveLength(5)
  expect((await fiko('export', file)).code).toBe(1)
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('a replay says whether it worked, and a failure has its exit code', async () => {
  expect((await fiko('replay')).code).toBe(2)
  expect((await fiko('replay', 'mail:1')).code).toBe(2)
  expect((await fiko('replay', '--all')).code).toBe(2)
  expect((await fiko('replay', 'event:999999')).code).toBe(3)
  expect((await fiko('replay', '--all', '--since', 'yesterday', '--yes')).code).toBe(3)
  expect((await fiko('replay', '--dry-run')).out).toContain('4 dead letters match')

  const again = await fiko('replay', '--all', '--kind', 'event', '--yes', '--wait')
  expect(again.code).toBe(1)
  expect(again.out).toContain('Of 3 dead letters: 0 applied, 3 failed again.')
  expect(again.out).toContain('(code P0001)')

  await server.sql('drop trigger curse on products')
  const since = new Date(Date.now() - 3_600_000).toISOString()
  const recovered = await fiko('replay', '--all', '--since', since, '--yes', '--wait')
  expect(recovered).toMatchObject({ code: 0, out: expect.stringContaining('Of 4 dead letters: 4 applied.') })
  const { out } = await fiko('replays', '--json')
  expect(JSON.parse(out)).toMatchObject([
    { asked: 4, applied: 4 },
    { asked: 3, failed: 3 },
  ])
  const items = await fiko('replays', JSON.parse(out)[1].id, '--outcome', 'failed')
  expect(items.out).toContain('Cursed teapot 2')
})

test('dead letters are dismissed and restored by their names', async () => {
  await server.sql(
    `update knowledge_chunks set embedding_status = 'refused', embedding_error = 'too long' where position = 0`,
  )
  const { results } = JSON.parse((await fiko('list', '--json')).out)
  const name = `${results[0].kind}:${results[0].id}`
  expect((await fiko('dismiss', name)).out).toContain('1 dead letters are dismissed')
  expect((await fiko('list')).out).not.toContain(name)
  expect((await fiko('list', '--dismissed')).out).toContain(name)
  expect((await fiko('restore', name)).code).toBe(0)
  expect((await fiko('list')).out).toContain(name)
})
