/** `npm run plugin:zip [-- FILE]`: packs the WordPress plugin; equal folders give equal bytes. */
import { hash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { PLUGIN_FOLDER, PLUGIN_ZIP, packPlugin } from '../server/src/plugin-api/plugin-zip.ts'

const [file = PLUGIN_ZIP] = process.argv.slice(2)

if (existsSync(PLUGIN_FOLDER)) {
  const zip = packPlugin(PLUGIN_FOLDER)
  writeFileSync(file, zip)
  console.log(`${file}: ${zip.length} bytes, SHA-256 ${hash('sha256', zip)}`)
} else {
  console.error(`There is no folder ${PLUGIN_FOLDER}.`)
  process.exitCode = 1
}
