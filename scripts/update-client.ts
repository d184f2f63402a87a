/**
 * `npm run client:update`: writes `client/src/api-types.ts` from the API document of a server that this script starts.
 * `--check` writes nothing and fails when the file is out of date; a test calls it.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readConfig } from '../server/src/platform/config.ts'
import { createLog } from '../server/src/platform/log.ts'
import { startServer } from '../server/src/server.ts'

const FILE = fileURLToPath(new URL('../client/src/api-types.ts', import.meta.url))
const GENERATOR = fileURLToPath(new URL('generate-client-types.ts', import.meta.url))
/** The operations that the client calls. */
const OPERATIONS = [
  'searchProductsByBody',
  'lookUpProductsByBody',
  'lookUpProduct',
  'listCategories',
  'buildContext',
  'sendFeedback',
]
const HEAD = '// Written by `npm run client:update` from the API document of the server.\n\n'

const types = HEAD + (await generatedTypes())
if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== types) {
    console.error('Out of date: client/src/api-types.ts. Run: npm run client:update')
    process.exitCode = 1
  }
} else {
  writeFileSync(FILE, types)
}

async function generatedTypes(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'fiko-client-'))
  const settings = { PORT: '0', DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'silent', EMBEDDING_PROVIDER: 'offline' }
  const server = await startServer(readConfig(settings), createLog('silent'))
  try {
    const file = join(folder, 'api-types.ts')
    const address = `${server.address}/openapi.json`
    await promisify(execFile)(process.execPath, [GENERATOR, address, file, ...OPERATIONS])
    return readFileSync(file, 'utf8')
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
