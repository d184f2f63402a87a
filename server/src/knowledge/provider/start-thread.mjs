// Entry of the thread of a model. A thread has no hooks of its process, so it lets Node run TypeScript sources inside a node_modules
// folder by itself, as bin/fiko.mjs does for the process.
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'

if (import.meta.url.includes('node_modules')) {
  const sources = new URL('../../..', import.meta.url).href
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith(sources) || !url.endsWith('.ts')) return nextLoad(url, context)
      const source = stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'))
      return { format: 'module', source, shortCircuit: true }
    },
  })
}

await import('./model-thread.ts')
