import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Zippable, zipSync } from 'fflate'

const NAME = 'fiko-woocommerce-sync'

/** What WordPress installs: the plugin's folder, packed. */
export const PLUGIN_ZIP = `${NAME}.zip`

/** Where the plugin lies beside this program, in the repository and in the package. */
export const PLUGIN_FOLDER = fileURLToPath(new URL(`../../../plugin/${NAME}/`, import.meta.url))

const UNIX = 3
const ORDINARY_FILE = 0o100644

/**
 * Packs the plugin so that WordPress can install it: one folder at the top, its files sorted, with fixed times and modes, so
 * that equal folders give equal bytes on every machine. Names that begin with a dot are left out, and so are links.
 * @throws {Error} with the code ENOENT when there is no such folder
 */
export function packPlugin(folder: string): Uint8Array {
  // A zip's times are local ones without a zone: the same hour of the clock is the same everywhere.
  const mtime = new Date(1980, 0, 1, 12)
  const files: Zippable = {}
  for (const path of filesIn(folder)) {
    files[`${NAME}/${path}`] = [
      readFileSync(join(folder, path)),
      { level: 9, mtime, os: UNIX, attrs: ORDINARY_FILE << 16 },
    ]
  }
  return zipSync(files)
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.split('/').some((name) => name.startsWith('.')))
    .sort()
}
