import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { killChildren, startChild } from '../../support/child-server.ts'
import { anUpdate } from '../../support/events.ts'
import { ADMIN_API_KEY, call, databaseKind, shopOf, startTestServer, waitFor } from '../../support/test-server.ts'

afterEach(killChildren)

test('an event without room on the disk is answered 503 with Retry-After, and accepted when it is sent again', async () => {
  const server = await startTestServer()
  const shop = await server.newShop()
  // PostgreSQL's error when its disk is full.
  await server.sql(`create function refuse_full() returns trigger language plpgsql security definer as
    $$ begin if new.event_id = 'disk-full' then raise exception 'no space left' using errcode = '53100'; end if; return new; end $$`)
  await server.sql('create trigger full_disk before insert on events for each row execute function refuse_full()')
  const event = anUpdate({ id: 11 }, { event_id: 'disk-full' })
  const answers = [await shop.send(event), await shop.sendBatch([anUpdate({ id: 12 }), event])]
  await server.sql('drop trigger full_disk on events')
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 503, body: { error: 'unavailable' } })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  const traces = `select event_id from events where event_id = 'disk-full' union all select event_id from event_ids where event_id = 'disk-full'`
  expect(await server.sql(traces)).toEqual([])
  expect((await shop.send(event)).status).toBe(202)
  await server.settled()
  expect(await server.sql(`select 1 from products where external_id = 'woo_11'`)).toHaveLength(1)
  await server.stop()
})

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

// A PostgreSQL server looks after its own disk.
if (databaseKind === 'embedded') {
  const disk = makeSmallDisk()
  if ('unavailable' in disk) console.log(`Skipped: ${disk.unavailable}`)
  test.skipIf('unavailable' in disk)(
    'on a full disk no event is acknowledged, nothing breaks, and reading continues',
    async () => {
      if ('unavailable' in disk) return
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
      disk.remove()
    },
  )
}
