/**
 * The format of the shopping thesaurus: lines of text in, concepts out. Pure: it reads no file. README.md explains the format.
 */

/** A word or phrase that names a concept, spelt as in the data (with half-spaces). */
export interface Term {
  text: string
  language: 'fa' | 'en'
  /** The term also names another thing (شیر: milk, tap, lion), so it says less about the concept. */
  isAmbiguous: boolean
}

/** One meaning with all its names. */
export interface Concept {
  /** Unique over all files: `phone`, or `apple:fruit` where one word has several meanings. */
  id: string
  /** Name of the data file without its ending: `colours`, `brands`, `food`. */
  subject: string
  /** At least one; the first one is the English term that the id spells. */
  terms: Term[]
  /** Ids of wider concepts: each thing that this concept names is one of theirs, too (smartphone: phone). */
  parents: string[]
  /** Ids of concepts that this one is for, of or with, without being one of them (tent: camping). */
  related: string[]
}

/** A line that breaks the format. */
export class ThesaurusError extends Error {
  override name = 'ThesaurusError'
}

const COLUMNS = 4
const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*(?::[a-z]+(?:-[a-z]+)*)?$/
const LIST_SEPARATOR = /[,،]/
const AMBIGUITY_MARK = '*'
/** Letters and digits of both scripts, half-space, and the few signs that names have. */
const TERM = /^[\p{L}\p{M}\p{N}\u200c '&+./-]+$/u

/**
 * Reads the lines of one data file.
 * @param subject name of the file without its ending
 * @throws {ThesaurusError} naming file and line when a line breaks the format
 */
export function readConcepts(subject: string, text: string): Concept[] {
  const concepts: Concept[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const refuse = (reason: string) => new ThesaurusError(`${subject}.txt, line ${index + 1}: ${reason}`)
    const columns = line.split('|').map((column) => column.trim())
    if (columns.length > COLUMNS || columns.length < 2) throw refuse(`2 to ${COLUMNS} columns, not ${columns.length}`)
    const [id = '', persian = '', english = '', links = ''] = columns
    if (!ID.test(id)) throw refuse(`“${id}” is not an id: a-z, 0-9 and hyphens, then perhaps a colon and a sense`)
    const terms = [termOfId(id), ...termsOf(persian, 'fa'), ...termsOf(english, 'en')]
    const seen = new Set<string>()
    for (const { text: term, language } of terms) {
      if (!TERM.test(term)) throw refuse(`“${term}” is empty or has a sign that no term may have`)
      if (language === 'fa' && !/\p{Script=Arabic}/u.test(term)) throw refuse(`“${term}” is not Persian`)
      if (language === 'en' && /\p{Script=Arabic}/u.test(term)) throw refuse(`“${term}” is not English`)
      if (/[يكةۀ٠-٩۰-۹]/.test(term)) throw refuse(`“${term}” has Arabic letters or digits: write ی, ک and 0-9`)
      if (seen.has(foldTerm(term))) throw refuse(`“${term}” is there twice`)
      seen.add(foldTerm(term))
    }
    concepts.push({ id, subject, terms, ...linksOf(links, refuse) })
  }
  return concepts
}

/** The form in which two spellings of a term are the same: lower case, half-spaces and hyphens as spaces. */
export function foldTerm(term: string): string {
  return term
    .toLowerCase()
    .replace(/[\u200c\s-]+/g, ' ')
    .trim()
}

/**
 * Lists the contradictions between the concepts of all files, one sentence each. Empty for a valid thesaurus.
 * Checked: each id is there once, each link leads to a concept, no concept is wider than itself,
 * and a term of two concepts is marked as ambiguous in both.
 */
export function findProblems(concepts: Concept[]): string[] {
  const problems: string[] = []
  const byId = new Map<string, Concept>()
  const byTerm = new Map<string, { concept: Concept; term: Term }[]>()
  for (const concept of concepts) {
    const first = byId.get(concept.id)
    if (first) problems.push(`${concept.id} is in ${first.subject}.txt and in ${concept.subject}.txt`)
    byId.set(concept.id, concept)
    for (const term of concept.terms) {
      const key = foldTerm(term.text)
      byTerm.set(key, [...(byTerm.get(key) ?? []), { concept, term }])
    }
  }
  for (const { id, subject, parents, related } of concepts) {
    for (const link of [...parents, ...related])
      if (!byId.has(link)) problems.push(`${id} (${subject}.txt) leads to ${link}, which does not exist`)
  }
  for (const [term, uses] of byTerm) {
    if (uses.length < 2) continue
    for (const use of uses)
      if (!use.term.isAmbiguous)
        problems.push(
          `“${term}” of ${use.concept.id} (${use.concept.subject}.txt) names another concept, too: mark it *`,
        )
  }
  return [...problems, ...findCycles(byId)]
}

function findCycles(byId: Map<string, Concept>): string[] {
  const problems: string[] = []
  const done = new Set<string>()
  const follow = (id: string, path: string[]) => {
    if (path.includes(id)) {
      problems.push(`a cycle: ${[...path.slice(path.indexOf(id)), id].join(' < ')}`)
      return
    }
    if (done.has(id)) return
    for (const parent of byId.get(id)?.parents ?? []) follow(parent, [...path, id])
    done.add(id)
  }
  for (const id of byId.keys()) follow(id, [])
  return problems
}

function termOfId(id: string): Term {
  const [words = '', sense] = id.split(':')
  return { text: words.replaceAll('-', ' '), language: 'en', isAmbiguous: sense !== undefined }
}

function termsOf(column: string, language: Term['language']): Term[] {
  if (column === '') return []
  return column.split(LIST_SEPARATOR).map((part) => {
    const isAmbiguous = part.trim().endsWith(AMBIGUITY_MARK)
    const text = isAmbiguous ? part.trim().slice(0, -1).trim() : part.trim()
    return { text, language, isAmbiguous }
  })
}

/** `< a, b ~ c`: wider concepts a and b, related concept c. */
function linksOf(column: string, refuse: (reason: string) => Error): Pick<Concept, 'parents' | 'related'> {
  const [, parents = '', related = ''] = /^(?:<([^<~]*))?(?:~([^<~]*))?$/.exec(column) ?? []
  if (column !== '' && parents === '' && related === '') throw refuse(`“${column}” is not “< wider, wider ~ related”`)
  const idsOf = (list: string) =>
    list
      .split(LIST_SEPARATOR)
      .map((id) => id.trim())
      .filter((id) => id !== '')
  const links = { parents: idsOf(parents), related: idsOf(related) }
  for (const id of [...links.parents, ...links.related]) if (!ID.test(id)) throw refuse(`“${id}” is not an id`)
  return links
}
