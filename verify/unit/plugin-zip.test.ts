import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttp, type Http } from '../../server/src/platform/http/http.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { downloadRoutes } from '../../server/src/plugin-api/download-routes.ts'
import { packPlugin } from '../../server/src/plugin-api/plugin-zip.ts'

const FILES: Record<string, string> = {
  'readme.txt': '=== Fiko Sync ===\n',
  'fiko-woocommerce-sync.php': '<?php // Plugin Name: Fiko Sync\n',
  'includes/sender.php': `<?php\n${'// sends\n'.repeat(500)}`,
  'languages/fa_IR.po': 'msgstr "همگام‌سازی"\n',
}
const URL_PATH = '/downloads/fiko-woocommerce-sync.zip'
const directory = mkdtempSync(join(tmpdir(), 'fiko-plugin-'))
const plugin = folderOf('one', Object.keys(FILES))
let app: Http

beforeAll(async () => {
  app = await createHttp(createLog('silent'), { trustedProxies: [], publicUrl: null })
  downloadRoutes(app, plugin)
})
afterAll(async () => {
  await app.close()
  rmSync(directory, { recursive: true })
})

/** A folder with these files, written in this order. */
function folderOf(name: string, paths: string[]): string {
  const folder = join(directory, name)
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), FILES[path] ?? 'not for the shop')
  }
  return folder
}

test('the zip holds one folder at the top, every file of the plugin sorted, and their contents', () => {
  const unpacked = unzipSync(packPlugin(plugin))
  expect(Object.keys(unpacked)).toEqual(
    Object.keys(FILES)
      .sort()
      .map((path) => `fiko-woocommerce-sync/${path}`),
  )
  for (const [path, text] of Object.entries(FILES)) {
    expect(strFromU8(unpacked[`fiko-woocommerce-sync/${path}`] ?? new Uint8Array())).toBe(text)
  }
})

test('equal files give equal bytes, independent of times, modes, order and folder', () => {
  const zone = process.env.TZ
  const first = packPlugin(plugin)
  const other = folderOf('another', Object.keys(FILES).reverse())
  utimesSync(join(other, 'readme.txt'), new Date(2031, 5, 7), new Date(2031, 5, 7))
  chmodSync(join(other, 'includes/sender.php'), 0o600)
  try {
    for (const elsewhere of ['Asia/Tehran', 'America/Los_Angeles', 'Pacific/Kiritimati']) {
      process.env.TZ = elsewhere
      expect(Buffer.from(packPlugin(other)).equals(first), elsewhere).toBe(true)
    }
  } finally {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
  writeFileSync(join(other, 'readme.txt'), 'changed')
  expect(Buffer.from(packPlugin(other)).equals(first)).toBe(false)
})

test('its files are readable by the web server and not executable', () => {
  const zip = Buffer.from(packPlugin(plugin))
  const modes: number[] = []
  for (let at = zip.indexOf('PK\x01\x02'); at !== -1; at = zip.indexOf('PK\x01\x02', at + 4)) {
    modes.push(zip.readUInt32LE(at + 38) >>> 16)
  }
  expect(modes).toEqual(Object.keys(FILES).map(() => 0o100644))
})

test('hidden files and links stay at home', () => {
  const folder = folderOf('untidy', [...Object.keys(FILES), '.env', '.git/config', 'includes/.DS_Store'])
  symlinkSync('/etc/passwd', join(folder, 'passwd.txt'))
  expect(Buffer.from(packPlugin(folder)).equals(packPlugin(plugin))).toBe(true)
})

test('the plugin can be downloaded without authentication, with its name and length', async () => {
  const answer = await app.inject({ url: URL_PATH })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers).toMatchObject({
    'content-type': 'application/zip',
    'content-disposition': 'attachment; filename="fiko-woocommerce-sync.zip"',
    'content-length': String(answer.rawPayload.length),
    'cache-control': 'no-cache',
  })
  expect(answer.rawPayload.equals(packPlugin(plugin))).toBe(true)
})

test('HEAD answers with the same headers and no body', async () => {
  const whole = await app.inject({ url: URL_PATH })
  const head = await app.inject({ method: 'HEAD', url: URL_PATH })
  expect(head.statusCode).toBe(200)
  expect(head.rawPayload).toHaveLength(0)
  for (const name of ['content-length', 'content-type', 'content-disposition', 'etag']) {
    expect(head.headers[name], name).toBe(whole.headers[name])
  }
})

test('a client with this very zip gets 304, and a client with another gets the zip', async () => {
  const { etag } = (await app.inject({ url: URL_PATH })).headers
  expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
  for (const tag of [String(etag), `W/${etag}`, `"other", ${etag}`, '*']) {
    const answer = await app.inject({ url: URL_PATH, headers: { 'if-none-match': tag } })
    expect([tag, answer.statusCode, answer.rawPayload.length]).toEqual([tag, 304, 0])
    expect(answer.headers.etag).toBe(etag)
  }
  expect((await app.inject({ url: URL_PATH, headers: { 'if-none-match': '"other"' } })).statusCode).toBe(200)
})

test('a server that was installed without the plugin answers with this reason', async () => {
  const without = await createHttp(createLog('silent'), { trustedProxies: [], publicUrl: null })
  downloadRoutes(without, join(directory, 'nothing'))
  const answer = await without.inject({ url: URL_PATH })
  expect(answer.statusCode).toBe(404)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.json()).toMatchObject({
    error: 'no_plugin',
    detail: expect.stringContaining('plugin/fiko-woocommerce-sync'),
  })
  await without.close()
})
