import { fileURLToPath } from 'node:url'

/** The files that run inside the shops. */
export const wordpressFolder = fileURLToPath(new URL('../wordpress/', import.meta.url))
