import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../server/src/platform/config.ts'

const root = new URL('../../', import.meta.url).pathname
const read = (file: string) => readFileSync(join(root, file), 'utf8')

const compose = read('compose.yaml')
const dockerfile = read('Dockerfile')
const env = read('packaging/compose/env.example')

test('compose has no secret and no default for one: a missing secret stops the start', () => {
  for (const name of ['POSTGRES_PASSWORD', 'SESSION_SECRET', 'ADMIN_API_KEY', 'GRAFANA_PASSWORD']) {
    expect(compose, name).toContain(`\${${name}:?`)
    expect(compose, name).not.toMatch(new RegExp(`\\$\\{${name}(:?-|\\})`))
    expect(env, name).toMatch(new RegExp(`^${name}=$`, 'm'))
  }
  expect(compose).not.toMatch(/password: (?!\$\{)\S/i)
})

test('compose asks for nothing that the example of its settings does not name, and the other way round', () => {
  const asked = new Set([...compose.matchAll(/\$\{(\w+)/g)].map((match) => match[1]))
  const named = new Set([...env.matchAll(/^(\w+)=/gm)].map((match) => match[1]))
  expect([...asked].sort()).toEqual([...named].sort())
})

test('every port of compose is this machine’s alone, and the database has none', () => {
  const ports = [...compose.matchAll(/ports: \[(.*)\]/g)].map((match) => match[1])
  expect(ports).toHaveLength(3)
  for (const port of ports) expect(port).toMatch(/^"127\.0\.0\.1:/)
  expect(/ {2}database:\n(?: {4}.*\n)+/.exec(compose)?.[0]).not.toContain('ports')
})

test('every file that compose mounts or that the units and examples name exists', () => {
  const mounted = [...compose.matchAll(/\.\/(packaging\/\S+?):/g)].map((match) => match[1] ?? '')
  expect(mounted.length).toBeGreaterThan(3)
  for (const file of mounted) expect(existsSync(join(root, file)), file).toBe(true)
})

test('the image runs as an unprivileged user, without development packages, and has a health check of receiving', () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
  expect(last).toContain('\nUSER node\n')
  expect(last.indexOf('USER node')).toBeLessThan(last.indexOf('ENTRYPOINT'))
  expect(last).toContain('HEALTHCHECK')
  expect(/^ +CMD (\[.*\])$/m.exec(last)?.[1]).toContain('/readyz`')
  expect(last).toContain('COPY --from=package /source/server/new-database server/new-database')
  expect(last).not.toContain('npm ')
  expect(dockerfile).toContain('npm ci --omit=dev')
  expect(dockerfile.match(/^FROM (\S+)/gm)).toEqual(Array(3).fill('FROM node:24-slim'))
})

test('the image is given everything that the package is made of, and nothing that is secret', () => {
  const ignore = read('.dockerignore').split('\n')
  expect(ignore).toContain('*')
  const given = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  for (const file of JSON.parse(read('package.json')).files as string[]) {
    expect(
      given.some((path) => file === path || file.startsWith(`${path}/`)),
      file,
    ).toBe(true)
  }
  expect(ignore).toContain('**/.env')
  expect(given).not.toContain('data')
})

test('settings in compose, units and examples are settings of the server', () => {
  const known = new Set(
    [...read('server/src/platform/config.ts').matchAll(/'([A-Z][A-Z_]+)'|env\.([A-Z_]+)/g)].map(
      (match) => match[1] ?? match[2],
    ),
  )
  const foreign = new Set(['NODE_ENV', 'POSTGRES_PASSWORD', 'POSTGRES_USER', 'POSTGRES_DB', 'GRAFANA_PASSWORD'])
  const named = [
    ...read('packaging/systemd/fiko.env.example').matchAll(/^#?([A-Z_]+)=/gm),
    ...read('packaging/systemd/fiko.service').matchAll(/^Environment=([A-Z_]+)=/gm),
    ...dockerfile.matchAll(/\b([A-Z_]+)=/g),
    ...env.matchAll(/^([A-Z_]+)=/gm),
    ...compose.matchAll(/^ +([A-Z_]+): /gm),
  ].map((match) => match[1] ?? '')
  expect(named.length).toBeGreaterThan(20)
  for (const name of named) {
    if (!foreign.has(name) && !name.startsWith('GF_')) expect(known, name).toContain(name)
  }
  const addresses = /TRUSTED_PROXIES=(.*)/.exec(read('packaging/systemd/fiko.env.example'))?.[1] ?? ''
  expect(readConfig({ TRUSTED_PROXIES: addresses }).trustedProxies).toEqual(['127.0.0.1', '::1'])
})

test('the worker’s unit is shut in like the server’s', () => {
  const locks = (file: string) =>
    read(file)
      .split('\n')
      .filter((line) => /^(No|Protect|Private|Restrict|System|Capability|Lock|Dynamic|UMask|Remove|Proc)/.test(line))
  expect(locks('packaging/systemd/fiko.service').length).toBeGreaterThan(18)
  expect(locks('packaging/systemd/fiko-worker.service')).toEqual(locks('packaging/systemd/fiko.service'))
})
