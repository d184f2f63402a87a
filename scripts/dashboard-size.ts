/**
 * `npm run dashboard:size`: the JavaScript (gzip) that the first load of each page of the built dashboard brings: the entry,
 * the larger of the two languages, the page and whatever the page loads by itself. Fails above the budget.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const BUDGET_BYTES = 250_000
const dist = fileURLToPath(new URL('../dashboard/dist/', import.meta.url))

interface Chunk {
  file: string
  src?: string
  isEntry?: boolean
  imports?: string[]
  dynamicImports?: string[]
}

if (!existsSync(`${dist}.vite/manifest.json`)) {
  console.error('There is no built dashboard: run npm run dashboard:build.')
  process.exit(1)
}
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8')) as Record<string, Chunk>
const sizeOf = (file: string) => readFileSync(`${dist}${file}.gz`).length
const total = (files: Set<string>) => [...files].reduce((sum, file) => sum + sizeOf(file), 0)

/** The files of a chunk and of all it imports; with `lazy`, also of what it loads when it runs. */
function filesOf(key: string, lazy: boolean, files = new Set<string>()): Set<string> {
  const chunk = manifest[key]
  if (!chunk || files.has(chunk.file)) return files
  files.add(chunk.file)
  for (const next of chunk.imports ?? []) filesOf(next, lazy && !manifest[next]?.isEntry, files)
  if (lazy) for (const next of chunk.dynamicImports ?? []) filesOf(next, true, files)
  return files
}

const entry = Object.keys(manifest).find((key) => manifest[key]?.isEntry) ?? ''
const lazy = manifest[entry]?.dynamicImports ?? []
const languages = lazy.filter((key) => key.startsWith('src/languages/'))
const pages = lazy.filter((key) => key.startsWith('src/pages/'))
const language = languages
  .map((key) => [...filesOf(key, false)])
  .sort((a, b) => total(new Set(b)) - total(new Set(a)))[0]

let largest = 0
for (const page of pages.sort()) {
  const files = new Set([...filesOf(entry, false), ...(language ?? []), ...filesOf(page, true)])
  const bytes = total(files)
  largest = Math.max(largest, bytes)
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} KB  ${files.size} files  ${page}`)
}
console.log(`${(largest / 1000).toFixed(1).padStart(7)} KB  the largest; the budget is ${BUDGET_BYTES / 1000} KB`)
if (pages.length === 0 || largest > BUDGET_BYTES) process.exitCode = 1
