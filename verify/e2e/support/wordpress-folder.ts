import { fileURLToPath } from 'node:url'

/** What runs inside the shops. */
export const wordpressFolder = fileURLToPath(new URL('../wordpress/', import.meta.url))
