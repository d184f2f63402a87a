import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Built by scripts/build-dashboard.ts; `npx vite dashboard` serves it while it is written, beside a server on 8787. */
export default defineConfig({
  root: here('.'),
  base: '/',
  plugins: [react()],
  // The server puts the answer's own nonce in its place (server/src/operations/dashboard-routes.ts).
  html: { cspNonce: 'FIKO_NONCE' },
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    manifest: true,
    // One style sheet: a page asked for up to ten.
    cssCodeSplit: false,
    target: 'es2023',
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        // One file of libraries, which changes only when they do, rather than forty that compress badly.
        // Few files that compress well: what many pages need of the libraries, the rest of them, and what pages share of our own.
        // Fields that few pages have stay with those pages.
        codeSplitting: {
          groups: [
            { name: 'libraries', test: /node_modules/, minShareCount: 8 },
            {
              name: 'parts',
              test: /node_modules(?!.*\/components\/(Radio|Checkbox|PasswordInput|Textarea|SegmentedControl|Switch)\/)/,
              minShareCount: 2,
            },
            { name: 'shared', test: /\/dashboard\/src\/(api|components|layout)\//, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: { proxy: Object.fromEntries(['/api', '/downloads', '/docs'].map((path) => [path, 'http://127.0.0.1:8787'])) },
})
