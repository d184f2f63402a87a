/** The thesaurus that comes with the server. */
import { readdirSync, readFileSync } from 'node:fs'
import { type Concept, readConcepts } from './read-thesaurus.ts'

const folder = new URL('./concepts/', import.meta.url)
const ENDING = '.txt'

let loaded: Concept[] | undefined

/**
 * All concepts of the data files, in the order of file names and lines; read once for each process.
 * @throws {ThesaurusError} when a line breaks the format
 */
export function loadThesaurus(): Concept[] {
  loaded ??= readdirSync(folder)
    .filter((name) => name.endsWith(ENDING))
    .sort()
    .flatMap((name) => readConcepts(name.slice(0, -ENDING.length), readFileSync(new URL(name, folder), 'utf8')))
  return loaded
}
