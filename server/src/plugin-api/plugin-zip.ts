import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Zippable, zipSync } from 'fflate'

const NAME = 'fiko-woocommerce-sync'

/** The zip that WordPress installs: the folder of the plugin. */
export const PLUGIN_ZIP = `${NAME}.zip`

/** Folder of the plugin, in the repository and in the npm package. */
export const PLUGIN_FOLDER = fileURLToPath(new URL(`../../../plugin/${NAME}/`, import.meta.url))

const UNIX = 3
const ORDINARY_FILE = 0o100644

/**
 * Packs the plugin for WordPress: one top folder, sorted files, fixed times and modes, so that equal folders give equal bytes on
 * every machine. Names that begin with a dot, and links, are skipped.
 * @throws {Error} with the code ENOENT when the folder is missing
 */
export function packPlugin(folder: string): Uint8Array {
  // Zip times are local times without a zone, so the same hour is equal everywhere.
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
