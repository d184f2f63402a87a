import { readFileSync } from 'node:fs'

/** Version of this program, from package.json three folders up, in the repository and in the npm package. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
).version
