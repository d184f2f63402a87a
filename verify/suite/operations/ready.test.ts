import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../support/test-server.ts'

const POOL = 2

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ DATABASE_POOL_SIZE: String(POOL) })
})
afterAll(() => server.stop())

/** Takes every connection to the database, as many transactions as there are, until it is released. */
async function holdDatabase(): Promise<() => Promise<void>> {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const { db } = server.running
  const begun: Promise<void>[] = []
  const held = Array.from({ length: db.kind === 'embedded' ? 1 : POOL }, () => {
    let begin = () => {}
    begun.push(
      new Promise((resolve) => {
        begin = resolve
      }),
    )
    return db.service.transaction(async (tx) => {
      await tx.query('select 1')
      begin()
      await released
    })
  })
  await Promise.all(begun)
  return async () => {
    release()
    await Promise.all(held)
  }
}

/** The exit code of the image's health check, run against this server. */
async function imageHealth(): Promise<number> {
  const dockerfile = readFileSync(new URL('../../../Dockerfile', import.meta.url), 'utf8')
  const [, command = '[]'] = /HEALTHCHECK.*\\\n +CMD (\[.*\])$/m.exec(dockerfile) ?? []
  const [program, ...args] = JSON.parse(command) as string[]
  expect(program).toBe('node')
  const child = spawn(process.execPath, args, { env: { PORT: new URL(server.url).port }, stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number]
  return code
}

test('while the database does not answer, /readyz answers 503 in time, the image’s health check fails, and both recover', async () => {
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  expect(await imageHealth()).toBe(0)

  const release = await holdDatabase()
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${server.url}/readyz`)))
  for (const answer of answers) {
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).not.toBeNull()
    expect(((await answer.json()) as { detail: string }).detail).toMatch(/database/)
  }
  expect(await imageHealth()).toBe(1)
  expect((await fetch(`${server.url}/healthz`)).status, 'the process itself').toBe(200)

  await release()
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  expect(await imageHealth()).toBe(0)
})
