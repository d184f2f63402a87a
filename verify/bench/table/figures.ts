/** A measured figure: its samples, its target, and its comparison with the same figure of an earlier run. */
import { median as medianOf } from '../report.ts'

export interface Definition {
  title: string
  unit: string
  better: 'more' | 'less'
  target?: number
  stretch?: number
  /** True: a number of things, not a time. It hardly depends on the speed of the machine. */
  isCounted?: boolean
}

/** A measurement gives these facts with its samples. */
export interface Facts {
  /** Sizes and durations. Figures with other conditions are not compared. */
  conditions: string
  /** Measured facts that explain the figure. The table prints them if the target is missed. */
  because?: string
  /** True: smaller than the target asks for, so that the target is neither met nor missed by it. */
  isSmaller?: boolean
}

export interface Figure extends Definition, Partial<Facts> {
  id: string
  samples: number[]
  /** null: refused or not measured. */
  median: number | null
  /** The lowest and the highest sample. */
  spread: [number, number] | null
  /** Reason why the run's samples do not count. */
  refused?: string
  /** Reason why the figure was not measured. */
  absent?: string
}

export type Verdict = 'met' | 'stretch met' | 'missed' | 'refused' | 'not measured' | 'smaller run' | 'no target'

/** A figure from its samples; without samples, or with one that is not a number, it is refused. */
export function measured(id: string, definition: Definition, samples: number[], facts: Facts): Figure {
  if (samples.length === 0) return refuse(id, definition, 'it has no samples')
  if (!samples.every(Number.isFinite)) return refuse(id, definition, `a sample is not a number: ${samples.join(', ')}`)
  return {
    id,
    ...definition,
    ...facts,
    samples,
    median: medianOf(samples),
    spread: [Math.min(...samples), Math.max(...samples)],
  }
}

export function refuse(id: string, definition: Definition, why: string): Figure {
  return { id, ...definition, samples: [], median: null, spread: null, refused: why }
}

export function leaveOut(id: string, definition: Definition, why: string): Figure {
  return { id, ...definition, samples: [], median: null, spread: null, absent: why }
}

export function judge(figure: Figure): Verdict {
  if (figure.refused !== undefined) return 'refused'
  if (figure.absent !== undefined || figure.median === null) return 'not measured'
  if (figure.target === undefined) return 'no target'
  if (figure.isSmaller) return 'smaller run'
  if (!reaches(figure.median, figure.target, figure.better)) return 'missed'
  return figure.stretch !== undefined && reaches(figure.median, figure.stretch, figure.better) ? 'stretch met' : 'met'
}

function reaches(value: number, target: number, better: Definition['better']): boolean {
  return better === 'more' ? value >= target : value <= target
}

export interface Comparison {
  /** New median divided by old median; undefined when the old one is 0 or one of them is missing. */
  ratio?: number
  verdict: 'better' | 'worse' | 'same' | 'other conditions' | 'not in both'
}

/** Spread around a single time: the machine's speed changes by half within a run. */
const SPREAD_OF_ONE_TIME = 0.5
/** Least spread around every median: samples of one process are nearer to each other than those of two runs. */
const LEAST_SPREAD = 0.05

/** A figure has changed when each median is outside of the other run's spread. */
export function compare(now: Figure, before: Figure | undefined): Comparison {
  if (now.median === null || before === undefined || before.median === null) return { verdict: 'not in both' }
  if (now.conditions !== before.conditions || now.unit !== before.unit) return { verdict: 'other conditions' }
  const ratio = before.median === 0 ? undefined : now.median / before.median
  const isInside = isWithin(now.median, spreadOf(before)) || isWithin(before.median, spreadOf(now))
  const isBetter = now.better === 'more' ? now.median > before.median : now.median < before.median
  const verdict = isInside ? 'same' : isBetter ? 'better' : 'worse'
  return { ...(ratio !== undefined && { ratio }), verdict }
}

function spreadOf({ samples, median, spread, isCounted }: Figure): [number, number] {
  const middle = median ?? Number.NaN
  const [low, high] = spread ?? [middle, middle]
  const around = middle * (samples.length > 1 || isCounted ? LEAST_SPREAD : SPREAD_OF_ONE_TIME)
  return [Math.min(low, middle - around), Math.max(high, middle + around)]
}

function isWithin(value: number, [low, high]: [number, number]): boolean {
  return value >= low && value <= high
}

/** Three significant digits, and no digits after the point from a hundred on. */
export function format(value: number): string {
  const size = Math.abs(value)
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en')
  const digits = size >= 10 ? 1 : size >= 1 ? 2 : 3
  return value.toFixed(digits)
}
