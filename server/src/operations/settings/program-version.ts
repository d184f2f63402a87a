import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sql } from '../../platform/db/database.ts'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))

/** The address that tells the newest release of this program; null: package.json names no repository on GitHub. */
export const UPDATE_ADDRESS: string | null = releaseAddress(
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).repository,
)

/** GitHub's address of the latest release of a repository, as package.json names it. */
export function releaseAddress(repository: unknown): string | null {
  const named =
    typeof repository === 'object' && repository !== null ? (repository as { url?: unknown }).url : repository
  if (typeof named !== 'string') return null
  const [, owner, name] =
    /^(?:github:|(?:git\+)?(?:https?|ssh|git):\/\/(?:git@)?github\.com\/|git@github\.com:)?([\w-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(
      named,
    ) ?? []
  return owner === undefined ? null : `https://api.github.com/repos/${owner}/${name}/releases/latest`
}

/** The commit of the checked-out program; null: it was installed without its repository. */
export const COMMIT: string | null = readCommit(ROOT)

/** Reads HEAD without git: in a clone, and in a worktree, whose `.git` is a file. */
export function readCommit(root: string): string | null {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8').trim()
    } catch {
      return null
    }
  }
  const link = read(join(root, '.git'))?.match(/^gitdir: (.+)$/)?.[1]
  const folder = link === undefined ? join(root, '.git') : resolve(root, link)
  const head = read(join(folder, 'HEAD'))
  const name = head?.match(/^ref: (refs\/\S+)$/)?.[1]
  const shared = resolve(folder, read(join(folder, 'commondir')) ?? '.')
  const commit =
    name === undefined
      ? head
      : (read(join(folder, name)) ?? read(join(shared, name)) ?? packed(read(join(shared, 'packed-refs')), name))
  return commit !== null && commit !== undefined && /^[0-9a-f]{40}$/.test(commit) ? commit : null
}

function packed(refs: string | null, name: string): string | null {
  const line = refs?.split('\n').find((each) => each.endsWith(` ${name}`))
  return line?.slice(0, 40) ?? null
}

/** Name of the newest applied migration, and the version of the database. */
export async function readSchema(sql: Sql): Promise<{ schema: string; database: string }> {
  const [row] = await sql.query<{ schema: string; database: string }>(
    `select (select name from schema_migrations order by number desc limit 1) as schema, current_setting('server_version') as database`,
  )
  if (!row) throw new Error('a select of one row returned none')
  return row
}

/** True when `other` is a newer release than `own`; a pre-release is older than its release. False for anything unreadable. */
export function isNewer(other: string, own: string): boolean {
  const parse = (version: string) => /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([\w.-]+))?(?:\+.*)?$/.exec(version.trim())
  const [a, b] = [parse(other), parse(own)]
  if (!a || !b) return false
  for (const part of [1, 2, 3]) {
    const difference = Number(a[part]) - Number(b[part])
    if (difference !== 0) return difference > 0
  }
  if (a[4] === b[4]) return false
  if (a[4] === undefined || b[4] === undefined) return a[4] === undefined
  return a[4].localeCompare(b[4], 'en', { numeric: true }) > 0
}
