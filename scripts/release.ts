/**
 * `npm run release -- VERSION [--dry-run] [--node-dist=FOLDER]`: compares the Node in our packages with the one that nodejs.org
 * publishes. It then writes one version into every file that names it, packs the plugin's zip and the npm package into `release/`
 * with their checksums, commits and tags. It never pushes and never publishes; the output names the next steps. `--node-dist`
 * names a folder with SHASUMS256.txt and the archives, for a machine without access to nodejs.org. A dry run compares only with
 * such a folder.
 */
import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PLUGIN_FOLDER, PLUGIN_ZIP, packPlugin } from '../server/src/plugin-api/plugin-zip.ts'
import { comparedOn, compareWithPublished, NODE_BINARIES } from './node-binaries.ts'
import { type Edit, ReleaseError, releaseEdits } from './release-edits.ts'

const FOLDER = 'release'
const given = process.argv.slice(2)
const isDry = given.includes('--dry-run')
const nodeDist = given.find((argument) => argument.startsWith('--node-dist='))?.slice('--node-dist='.length) ?? null
const [version = ''] = given.filter((argument) => !argument.startsWith('--'))

try {
  refuseUncommitted()
  const day = new Date().toISOString().slice(0, 10)
  const edits = releaseEdits(version, day, (file) => readFileSync(file, 'utf8'))
  edits.push(await compareNode(day))
  for (const edit of edits) console.log(`${edit.file}: ${edit.says}`)
  if (isDry) console.log('Nothing was written (--dry-run).')
  else release(edits)
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

function refuseUncommitted(): void {
  const changes = run('git', ['status', '--porcelain'])
  if (changes !== '') throw new ReleaseError(`Commit or put away first:\n${changes}`)
}

/** @throws {ReleaseError} when the Node in our packages is another than the published one, or cannot be compared */
async function compareNode(day: string): Promise<Edit> {
  const text = readFileSync(NODE_BINARIES, 'utf8')
  const edit = { file: NODE_BINARIES, text: comparedOn(text, day) }
  if (isDry && nodeDist === null) return { ...edit, says: 'not compared with nodejs.org (a release does)' }
  await compareWithPublished(JSON.parse(text), nodeDist)
  return { ...edit, says: 'the binaries are those that nodejs.org publishes' }
}

function release(edits: Edit[]): void {
  for (const { file, text } of edits) writeFileSync(file, text)
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER)
  const zip = PLUGIN_ZIP.replace('.zip', `-${version}.zip`)
  writeFileSync(join(FOLDER, zip), packPlugin(PLUGIN_FOLDER))
  // The last line is the file's name: before it npm prints what the script `prepare` says.
  const tarball = run('npm', ['pack', '--silent', '--pack-destination', FOLDER]).split('\n').at(-1) ?? ''
  const sums = [tarball, zip].map((file) => `${hash('sha256', readFileSync(join(FOLDER, file)))}  ${file}\n`)
  writeFileSync(join(FOLDER, 'SHA256SUMS'), sums.join(''))
  process.stdout.write(sums.join(''))
  run('git', ['commit', '--quiet', '--message', `Release ${version}`, '--', ...edits.map((edit) => edit.file)])
  run('git', ['tag', '--annotate', `v${version}`, '--message', `Fiko Sync ${version}`])
  console.log(`Committed and tagged v${version}. Nothing was pushed: git push --follow-tags`)
}

/** @throws {ReleaseError} with what the command said, when it fails */
function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new ReleaseError(`${command} ${args[0]}: ${error?.message ?? (stderr || stdout).trim()}`)
  return stdout.trim()
}
