/**
 * `npm run dashboard:build`, also run by `npm ci` (prepare): builds the dashboard into dashboard/dist, with a gzip copy of
 * each text file. Where the development packages were left out there is nothing to build with, which is no error.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const folder = fileURLToPath(new URL('../dashboard/', import.meta.url))

// Vite believes the caller's: with another value it is React's development build, with this machine's paths in it.
process.env.NODE_ENV = 'production'

const vite = await import('vite').catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  return null
})

if (vite) {
  const startedAt = performance.now()
  await vite.build({ configFile: `${folder}vite.config.ts`, logLevel: 'warn' })
  const assets = `${folder}dist/assets/`
  for (const file of readdirSync(assets)) {
    if (/\.(js|css|svg)$/.test(file))
      writeFileSync(`${assets}${file}.gz`, gzipSync(readFileSync(`${assets}${file}`), { level: 9 }))
  }
  console.log(`The dashboard is built (${((performance.now() - startedAt) / 1000).toFixed(1)} s).`)
} else {
  console.log(
    'The dashboard is left out: vite is not installed (npm ci --omit=dev); the server says so at / and works.',
  )
}
