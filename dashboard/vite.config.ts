import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Fields that few forms have: they stay with their pages. */
const RARE = /\/components\/(PasswordInput|Textarea)\//
/** Opens over a page: loaded with the first menu or dialog. */
const OVERLAYS =
  /@floating-ui|\/(Floating|Combobox|FocusTrap|Menu|Modal|ModalBase|Overlay|Popover|Portal|ScrollArea|Select)\//

const OURS = /\/dashboard\/src\/(api|components|layout)\//
const PAGE = /\/dashboard\/src\/pages\/([^/]+)\//
const isLibrary = (id: string) => id.includes('node_modules')

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
        // Few files that compress well: what many pages need of the libraries; what pages share, of other libraries and of our
        // own; what opens over a page, for the first menu or dialog; and what the files of one page share.
        codeSplitting: {
          groups: [
            { name: 'libraries', test: isLibrary, minShareCount: 8 },
            {
              name: 'shared',
              test: (id) => OURS.test(id) || (isLibrary(id) && !RARE.test(id) && !OVERLAYS.test(id)),
              minShareCount: 2,
            },
            { name: 'overlays', test: (id) => isLibrary(id) && !RARE.test(id), minShareCount: 2 },
            { name: (id) => `${PAGE.exec(id)?.[1]}-parts`, test: PAGE, minShareCount: 2, debugName: 'parts of a page' },
          ],
        },
      },
    },
  },
  server: { proxy: Object.fromEntries(['/api', '/downloads', '/docs'].map((path) => [path, 'http://127.0.0.1:8787'])) },
})
