/** A run of the table as JSON: written by `--json FILE`, read by `--against FILE`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'

/** Increases when an older program could misread the file. */
const FORMAT = 1

const SavedFigure = Type.Object({
  id: Type.String(),
  title: Type.String(),
  unit: Type.String(),
  better: Type.Union([Type.Literal('more'), Type.Literal('less')]),
  target: Type.Optional(Type.Number()),
  stretch: Type.Optional(Type.Number()),
  isCounted: Type.Optional(Type.Boolean()),
  conditions: Type.Optional(Type.String()),
  because: Type.Optional(Type.String()),
  isSmaller: Type.Optional(Type.Boolean()),
  samples: Type.Array(Type.Number()),
  median: Type.Union([Type.Number(), Type.Null()]),
  spread: Type.Union([Type.Tuple([Type.Number(), Type.Number()]), Type.Null()]),
  refused: Type.Optional(Type.String()),
  absent: Type.Optional(Type.String()),
})

const SavedRun = Type.Object({
  format: Type.Literal(FORMAT),
  commit: Type.String(),
  machine: Type.String(),
  node: Type.String(),
  plan: Type.String(),
  startedAt: Type.String(),
  seconds: Type.Number(),
  /** Load averages of one minute before and after the run; above the number of cores other programs took part. */
  load: Type.Tuple([Type.Number(), Type.Number()]),
  figures: Type.Array(SavedFigure),
})
export type SavedRun = Static<typeof SavedRun>

export function saveRun(file: string, run: Omit<SavedRun, 'format'>): void {
  writeFileSync(file, `${JSON.stringify({ format: FORMAT, ...run }, null, 2)}\n`)
}

/** @throws {Error} in one sentence, when the file is missing or is not a saved run of this format */
export function readRun(file: string): SavedRun {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`--against: ${file} cannot be read: ${(error as Error).message}`)
  }
  if (Value.Check(SavedRun, content)) return content
  throw new Error(`--against: ${file} is not a run that was saved by this version with --json`)
}
