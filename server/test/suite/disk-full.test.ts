import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { killChildren, startChild } from '../support/child-server.ts'
import { anUpdate } from '../support/events.ts'
import { ADMIN_API_KEY, call, databaseKind, shopOf, waitFor } from '../support/test-server.ts'

/** A directory of its own small size, or why there is none. */
function makeSmallDisk(): { directory: string; remove(): void } | { unavailable: string } {
  const directory = mkdtempSync(join(tmpdir(), 'fiko-small-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=250m', 'tmpfs', directory], { stdio: 'pipe' })
  } catch (error) {
    return { unavailable: `a small disk cannot be mounted here: ${(error as Error).message.trim()}` }
  }
  return {
    directory,
    remove: () => {
      execFileSync('umount', ['-l', directory])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const disk =
  databaseKind === 'embedded' ? makeSmallDisk() : { unavailable: 'a PostgreSQL server looks after its own disk' }
if ('unavailable' in disk && databaseKind === 'embedded') console.log(`Skipped: full disk: ${disk.unavailable}`)

afterAll(() => {
  killChildren()
  if ('remove' in disk) disk.remove()
})

if ('directory' in disk) {
  test('on a full disk nothing is acknowledged and nothing breaks; with room again everything goes on', async () => {
    const server = await startChild({
      DATA_DIR: join(disk.directory, 'data'),
      ADMIN_API_KEY,
      EMBEDDING_PROVIDER: 'offline',
    })
    const admin = (method: string, path: string, body?: unknown) =>
      call(server.url, method, path, { authorization: `Bearer ${ADMIN_API_KEY}` }, body)
    const made = await admin('POST', '/api/v1/integrations/tokens/generate/', {
      integration_type: 'woocommerce',
      name: 'x',
    })
    const shop = shopOf(server.url, made.body)
    let acknowledged = 0
    let sent = 0
    const send = async () => {
      sent += 1
      const event = anUpdate({ id: sent, ballast: 'kept as it is'.repeat(10_000) })
      const { status, headers } = await shop.send(event)
      if (status === 202) acknowledged += 1
      else expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
      return status
    }
    expect(await send()).toBe(202)

    const { bavail, bsize } = statfsSync(disk.directory)
    writeFileSync(join(disk.directory, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - 66_000_000)))
    // The rest is filled by the events themselves.
    await waitFor('the first refusal', async () => (await send()) === 503)
    const whileFull = await Promise.all(Array.from({ length: 40 }, send))
    expect(new Set(whileFull)).toEqual(new Set([503]))
    expect((await shop.sendBatch([anUpdate({ id: 1 })])).status).toBe(503)
    expect((await call(server.url, 'GET', '/healthz')).status, 'the same process').toBe(200)
    const search = await admin('GET', '/api/v1/knowledge/search/?q=shoe')
    expect(search.status, 'reading goes on').toBe(200)

    rmSync(join(disk.directory, 'ballast'))
    await waitFor('events to be taken again', async () => (await send()) === 202)
    await waitFor('everything acknowledged to be applied', async () => {
      const stats = await admin('GET', '/api/v1/integrations/woocommerce/events/stats/')
      return stats.body.total === acknowledged && stats.body.by_status.processed === acknowledged
    })
    expect(await server.stop()).toBe(0)
  }, 90_000)
} else {
  test.skip(`on a full disk nothing is acknowledged: ${disk.unavailable}`, () => {})
}
