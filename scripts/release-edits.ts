/** The changes of a release in the files that name the version, as pure functions of their texts. */

/** One file with its new text, and what is new in it, in a few words. */
export interface Edit {
  file: string
  text: string
  says: string
}

/** Why there is no release: a sentence that says what to do. */
export class ReleaseError extends Error {
  override name = 'ReleaseError'
}

const PLUGIN = 'plugin/fiko-woocommerce-sync'
const VERSION = /^(\d+)\.(\d+)\.(\d+)$/

/**
 * All that must name the version: the package and its lock, the plugin's header, constant and stable tag, and the changelog, where what is
 * unreleased becomes the version's, at this day (YYYY-MM-DD).
 * @throws {ReleaseError} before anything is written
 */
export function releaseEdits(version: string, day: string, read: (file: string) => string): Edit[] {
  if (!VERSION.test(version)) throw new ReleaseError('Say which version, as three numbers: npm run release -- 1.2.3')
  const packed = read('package.json')
  const main = read(`${PLUGIN}/fiko-woocommerce-sync.php`)
  const present = JSON.parse(packed).version
  const plugin = /^ \* Version: +(\S+)$/m.exec(main)?.[1] ?? ''
  // The plugin was never released by itself: from the first release on it has the server's version.
  if (compare(version, present) <= 0 || compare(version, plugin) < 0) {
    throw new ReleaseError(
      `${version} is not above ${present} (server), or below ${plugin} (plugin): choose a higher one.`,
    )
  }
  const readme = read(`${PLUGIN}/readme.txt`)
  if (!readme.includes(`\n= ${version} =\n`)) {
    throw new ReleaseError(`${PLUGIN}/readme.txt has no "= ${version} =" under Changelog: say there what owners get.`)
  }
  const named = `version ${present} → ${version}`
  return [
    { file: 'package.json', says: named, text: once(packed, `"version": "${present}"`, `"version": "${version}"`) },
    { file: 'package-lock.json', says: named, text: lock(read('package-lock.json'), present, version) },
    {
      file: `${PLUGIN}/fiko-woocommerce-sync.php`,
      says: `version ${plugin} → ${version}`,
      text: once(
        main.replace(/^( \* Version: +)\S+$/m, `$1${version}`),
        `'FIKO_SYNC_VERSION', '${plugin}'`,
        `'FIKO_SYNC_VERSION', '${version}'`,
      ),
    },
    {
      file: `${PLUGIN}/readme.txt`,
      says: `stable tag ${version}`,
      text: once(readme, `Stable tag: ${plugin}`, `Stable tag: ${version}`),
    },
    { file: 'CHANGELOG.md', says: `${version}, ${day}`, text: changelog(read('CHANGELOG.md'), version, day) },
  ]
}

/** The lock names the package twice: by itself, and as the root of its tree. */
function lock(text: string, present: string, version: string): string {
  const own = `"name": "fiko-sync",\n`
  const parts = text.split(new RegExp(`(?<=${own} +)"version": "${present.replaceAll('.', '\\.')}"`))
  if (parts.length !== 3) throw new ReleaseError('package-lock.json does not fit package.json: run npm install.')
  return parts.join(`"version": "${version}"`)
}

function changelog(text: string, version: string, day: string): string {
  const unreleased = /^## Unreleased\n+(?!## )(?=\S)/m
  if (!unreleased.test(text)) throw new ReleaseError('CHANGELOG.md has nothing under "## Unreleased".')
  return text.replace(unreleased, `## Unreleased\n\n## ${version}, ${day}\n\n`)
}

function once(text: string, old: string, next: string): string {
  if (text.split(old).length !== 2) throw new ReleaseError(`Expected exactly one ${old}.`)
  return text.replace(old, next)
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => VERSION.exec(version)?.slice(1).map(Number) ?? [0, 0, 0])
  for (const index of [0, 1, 2]) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
