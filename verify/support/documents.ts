/** The repository's Markdown, taken apart for the tests that read it. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = new URL('../../', import.meta.url).pathname

export interface Block {
  file: string
  line: number
  /** `sh`, `json`, … */
  language: string
  /** The rest of the line after the language: `serves=2`, `not-run: why`. */
  mark: string
  code: string
}

/** Every Markdown file of the repository, as paths from its root. */
export function documents(): string[] {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root })
  return String(files)
    .split('\n')
    .filter((file) => file && existsSync(join(root, file)))
}

export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** The fenced blocks of a document. */
export function blocksOf(file: string): Block[] {
  const text = textOf(file)
  return [...text.matchAll(/^```(\w+)?[ \t]*(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    mark: match[2] ?? '',
    code: match[3] ?? '',
  }))
}

/** The document without its fenced blocks, whose `#` are no headings and whose brackets are no links. */
export function proseOf(file: string): string {
  return textOf(file).replace(/^```[\s\S]*?^```$/gm, '')
}

export interface Heading {
  level: number
  text: string
  anchor: string
}

/** Anchors are as GitHub makes them: lower case, without punctuation, hyphens for spaces, a number for the second of its name. */
export function headingsOf(file: string): Heading[] {
  const seen = new Map<string, number>()
  return [...proseOf(file).matchAll(/^(#{1,6}) (.+)$/gm)].map(([, hashes = '', text = '']) => {
    const plain = text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '')
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return { level: hashes.length, text: plain, anchor: count === 0 ? slug : `${slug}-${count}` }
  })
}

/** Possible targets of a link. Persian headings have ids of their own, because sites convert a half-space in different ways. */
export function anchorsOf(file: string): string[] {
  const own = [...textOf(file).matchAll(/<a id="([^"]+)">/g)].map((match) => match[1] ?? '')
  return [...headingsOf(file).map((heading) => heading.anchor), ...own]
}

/** A document's local targets of links and pictures, without web addresses. */
export function targetsOf(file: string): string[] {
  const prose = proseOf(file).replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?\)|(?:src|srcset|href)="([^"]+)"/g)]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((target) => !/^[a-z]+:/i.test(target))
}
