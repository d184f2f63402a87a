/**
 * Writes the TypeScript types of the HTTP API: `npm run client:types -- <address of openapi.json> <file> [operationId…]`.
 * With operations named, only these are written, with their successful answers and the schemas that they use.
 * openapi-typescript needs the compiler API of TypeScript 5, which TypeScript 7 does not have; @ts-morph/common contains it.
 */
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { trimDocument } from './trim-openapi.ts'

const [address, file, ...operationIds] = process.argv.slice(2)
if (!address || !file) {
  console.error('Usage: npm run client:types -- http://127.0.0.1:8787/openapi.json fiko-sync.d.ts')
  process.exit(2)
}

const COMPILER = 'compiler:typescript-5'
const common = import.meta.resolve('@ts-morph/common')
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'typescript' ? { url: COMPILER, shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === COMPILER
      ? {
          format: 'module',
          source: `import common from ${JSON.stringify(common)}\nexport default common.ts`,
          shortCircuit: true,
        }
      : next(url, context),
})
const { default: openapiTS, astToString } = await import('openapi-typescript')

const answer = await fetch(address, { signal: AbortSignal.timeout(30_000) }).catch((error: Error) => {
  console.error(`${address} cannot be reached: ${(error.cause as Error | undefined)?.message ?? error.message}`)
  process.exit(1)
})
if (!answer.ok) {
  console.error(`${address} answered ${answer.status}.`)
  process.exit(1)
}
const text = await answer.text()
const document = operationIds.length === 0 ? text : trimDocument(JSON.parse(text), operationIds)
writeFileSync(file, astToString(await openapiTS(document)))
