import { hash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

interface Entry {
  version: string
  name?: string
  resolved?: string
  integrity?: string
  dev?: boolean
  optional?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

const root = new URL('../../', import.meta.url).pathname
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const packages: Record<string, Entry> = JSON.parse(read('package-lock.json')).packages
const own = packages[''] as Entry
const entries = Object.entries(packages).filter(([path]) => path !== '')

/** The path at which Node finds `name` for the package at `path`; null when it is not in the lock file. */
function find(name: string, path: string): string | null {
  for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf('node_modules/')).replace(/\/$/, '')) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
    if (packages[place]) return place
    if (folder === '') return null
  }
}

/** The packages that a production install needs: what is reached from our dependencies without a development package or a peer. */
function productionTree(): Set<string> {
  const reached = new Set<string>()
  const waiting = ['']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const { dependencies, optionalDependencies } = packages[path] as Entry
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const place = find(name, path)
      if (place === null) throw new Error(`${path} needs ${name}, which the lock file does not have`)
      if (!reached.has(place)) waiting.push(place)
      reached.add(place)
    }
  }
  return reached
}

/** The packages of `npm ci --omit=dev`: each entry that the lock file does not mark as a development package. */
const installed = entries.filter(([, entry]) => !entry.dev).map(([path]) => path)

test('every entry of the lock file has the SHA-512 of its package', () => {
  expect(entries.length).toBeGreaterThan(250)
  const without = entries.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''))
  expect(without.map(([path]) => path)).toEqual([])
})

test('the lock file and the settings of npm name no registry', () => {
  expect(entries.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([])
  const addresses = [...read('package-lock.json').matchAll(/"(\w+:)?\/\/[^"]*"/g)].map(([address]) => address)
  const ofFunding = entries.flatMap(([, entry]) => JSON.stringify((entry as { funding?: unknown }).funding ?? ''))
  for (const address of addresses) {
    expect(
      ofFunding.some((funding) => funding.includes(address)),
      address,
    ).toBe(true)
  }
  expect(read('.npmrc')).not.toMatch(/\/\/|^registry/m)
  expect(read('.npmrc')).toMatch(/^omit-lockfile-registry-resolved=true$/m)
})

test('a production install has all production packages and no development tool', () => {
  expect(installed.sort()).toEqual([...productionTree()].sort())
  // Fastify brings ajv, which the tests use, too.
  const ownTools = Object.keys(own.devDependencies ?? {}).filter((name) => name !== 'ajv')
  for (const name of ownTools) expect(installed).not.toContain(`node_modules/${name}`)
  for (const name of ['vite', 'vitest', 'react', 'rolldown', 'lightningcss', 'typescript']) {
    expect(Object.keys(packages), `${name} is in the lock file`).toContain(`node_modules/${name}`)
    expect(installed).not.toContain(`node_modules/${name}`)
  }
})

test('the peers of production packages are in the production tree, although npm follows no peer here', () => {
  const tree = productionTree()
  const missing = [...tree].flatMap((path) => {
    const { peerDependencies = {}, peerDependenciesMeta = {} } = packages[path] as Entry
    return Object.keys(peerDependencies)
      .filter((name) => !peerDependenciesMeta[name]?.optional && !tree.has(find(name, path) ?? ''))
      .map((name) => `${path} needs ${name}`)
  })
  expect(missing).toEqual([])
})

test('the bundled Node has the recorded checksum', () => {
  const { version, binaries } = JSON.parse(read('scripts/node-binaries.json'))
  const ours = Object.keys(own.optionalDependencies ?? {}).sort()
  expect(binaries.map((binary: { package: string }) => binary.package).sort()).toEqual(ours)
  let looked = 0
  for (const binary of binaries) {
    const entry = packages[`node_modules/${binary.package}`] as Entry
    expect({ version: entry.version, integrity: entry.integrity }, binary.package).toEqual({
      version,
      integrity: binary.integrity,
    })
    const file = join(root, 'node_modules', binary.package, binary.file)
    if (!existsSync(file)) continue
    expect(hash('sha256', readFileSync(file)), file).toBe(binary.sha256)
    looked += 1
  }
  // If none of the packages fits the machine, none is installed.
  expect(looked).toBe(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch) ? 1 : looked)
})
