/** `npm run shape`: the size of the sources, as the table in CONTRIBUTING.md: lines per file and files per folder. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PARTS = ['server/src', 'dashboard/src', 'cli', 'plugin/fiko-woocommerce-sync', 'verify', 'scripts']
const repository = fileURLToPath(new URL('../', import.meta.url))
const sources = execFileSync('git', ['ls-files'], { cwd: repository, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(ts|tsx|mjs|php)$/.test(file))

const rows = PARTS.map((part) => {
  const files = sources.filter((file) => file.startsWith(`${part}/`))
  const lines = files
    .map((file) => readFileSync(join(repository, file), 'utf8').split('\n').length - 1)
    .sort((a, b) => a - b)
  const at = (share: number) => lines[Math.min(lines.length - 1, Math.floor(lines.length * share))]
  const folders = Object.entries(Object.groupBy(files, (file) => dirname(file)))
  const [largest, inside] = folders.toSorted(([, a], [, b]) => (b?.length ?? 0) - (a?.length ?? 0))[0] ?? ['', []]
  return [part, files.length, at(0.5), at(0.9), lines.at(-1), folders.length, `${inside?.length} (${largest})`]
})
const titles = ['part', 'files', 'median lines', 'p90', 'longest', 'folders', 'most files in a folder']
for (const row of [titles, titles.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`)
