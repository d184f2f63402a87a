import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { isNewer, readCommit, releaseAddress } from '../../server/src/operations/settings/program-version.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'fiko-version-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

test.each([
  ['1.2.0', '1.1.9', true],
  ['v1.10.0', '1.9.0', true],
  ['1.1.0', '1.1.0', false],
  ['1.0.9', '1.1.0', false],
  ['1.1.0', '1.1.0-rc.1', true],
  ['1.1.0-rc.10', '1.1.0-rc.9', true],
  ['1.1.0-rc.1', '1.1.0', false],
  ['latest', '1.1.0', false],
])('%s is newer than %s: %s', (other, own, expected) => {
  expect(isNewer(other, own)).toBe(expected)
})

test.each([
  ['github:fiko/sync', 'https://api.github.com/repos/fiko/sync/releases/latest'],
  ['fiko/sync', 'https://api.github.com/repos/fiko/sync/releases/latest'],
  [
    { type: 'git', url: 'git+https://github.com/fiko/sync.git' },
    'https://api.github.com/repos/fiko/sync/releases/latest',
  ],
  ['git@github.com:fiko/sync.git', 'https://api.github.com/repos/fiko/sync/releases/latest'],
  ['https://example.com/fiko/sync', null],
  [undefined, null],
])('the repository %j has the address %s', (repository, address) => {
  expect(releaseAddress(repository)).toBe(address)
})

test('the commit is read from a clone, from packed references and from a worktree, and is unknown elsewhere', () => {
  const head = { '.git/HEAD': 'ref: refs/heads/main\n' }
  expect(readCommit(folderWith({ ...head, '.git/refs/heads/main': `${COMMIT}\n` }))).toBe(COMMIT)
  expect(readCommit(folderWith({ ...head, '.git/packed-refs': `# pack-refs\n${COMMIT} refs/heads/main\n` }))).toBe(
    COMMIT,
  )
  expect(readCommit(folderWith({ '.git/HEAD': COMMIT }))).toBe(COMMIT)
  const clone = folderWith({
    '.git/refs/heads/next': COMMIT,
    '.git/worktrees/next/HEAD': 'ref: refs/heads/next',
    '.git/worktrees/next/commondir': '../..',
  })
  expect(readCommit(folderWith({ '.git': `gitdir: ${join(clone, '.git/worktrees/next')}` }))).toBe(COMMIT)
  expect(readCommit(folderWith({}))).toBeNull()
  expect(readCommit(folderWith({ '.git/HEAD': 'ref: refs/heads/gone' }))).toBeNull()
})
