import { readFileSync } from 'node:fs'

/** This program's version: package.json lies three folders up, in the repository and in the package. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
).version
