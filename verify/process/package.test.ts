import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = new URL('../../', import.meta.url).pathname
const directory = mkdtempSync(join(tmpdir(), 'fiko-package-'))
const installed = join(directory, 'node_modules/fiko-sync')
const started: ChildProcess[] = []

/**
 * Installs the packed file as npm would, without a registry: its own files unpacked, and beside it the packages that the lock
 * calls production ones. `npm run packaging:check` does it with npm and a registry.
 */
beforeAll(() => {
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', directory], { cwd: root })
  const tarball = readdirSync(directory).find((file) => file.endsWith('.tgz')) ?? ''
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', join(directory, tarball), '--strip-components=1', '-C', installed])
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  for (const [path, { dev }] of Object.entries<{ dev?: boolean }>(lock)) {
    const isTop = /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path)
    if (!isTop || dev || !existsSync(join(root, path))) continue
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    symlinkSync(join(root, path), join(directory, path))
  }
  mkdirSync(join(directory, 'node_modules/.bin'))
  symlinkSync('../fiko-sync/bin/fiko.mjs', join(directory, 'node_modules/.bin/fiko'))
})
afterAll(() => {
  for (const { pid, exitCode, signalCode } of started)
    if (pid && exitCode === null && !signalCode) process.kill(-pid, 'SIGKILL')
  rmSync(directory, { recursive: true })
})

function fiko(args: string[], env: Record<string, string> = {}) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn('npx', ['--no-install', 'fiko', ...args], {
    cwd: directory,
    env: { PATH: `${dirname(process.execPath)}:${PATH}`, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, as a terminal makes one.
    detached: true,
  })
  started.push(child)
  return child
}

test('npx fiko, from the packed file, prints its help and its version', async () => {
  const help = fiko(['--help'])
  const [said, [code]] = await Promise.all([text(help.stdout), once(help, 'close')])
  expect(code).toBe(0)
  for (const command of ['serve', 'token', 'backup', 'doctor']) expect(said).toContain(command)
  const version = fiko(['--version'])
  expect((await text(version.stdout)).trim()).toBe(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version)
})

test('npx fiko serve serves: API, documents, the plugin; and Ctrl-C ends it', async () => {
  const server = fiko(['serve'], { PORT: '0', DATA_DIR: join(directory, 'data'), LOG_LEVEL: 'warn' })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    server.stderr.on('data', (chunk) => {
      said += chunk
      const ready = /is ready: (http:\S+)/.exec(said)?.[1]
      if (ready) resolve(ready)
    })
    server.once('close', () => reject(new Error(said)))
  })
  for (const path of ['/readyz', '/docs', '/openapi.json', '/downloads/fiko-woocommerce-sync.zip']) {
    expect((await fetch(url + path)).status, path).toBe(200)
  }
  expect(existsSync(join(directory, 'data/first-token.txt'))).toBe(true)
  // As Ctrl-C does: to npx and to what it started.
  process.kill(-(server.pid ?? 0), 'SIGINT')
  await once(server, 'close')
  expect(await fetch(`${url}/healthz`).catch(() => 'ended')).toBe('ended')
})

test('the package has the files that it runs and no others: no test, no campaign, no secret', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
  for (const file of [
    'bin/fiko.mjs',
    'server/migrations/0001_tenants.sql',
    'plugin/fiko-woocommerce-sync/readme.txt',
  ]) {
    expect(files).toContain(file)
  }
  expect(
    files.filter((file) => /(^|\/)(test|tests|e2e|chaos|fuzz|bench|demo|data|node_modules|\.env)(\/|$)/.test(file)),
  ).toEqual([])
  if (existsSync(join(root, 'dashboard/dist'))) expect(files).toContain('dashboard/dist/index.html')
})
