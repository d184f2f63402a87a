import { number, percent, table } from '../bench/report.ts'
import type { Outcome } from './campaign.ts'
import type { Fault } from './fault-plan.ts'

interface Figure {
  name: string
  of(outcome: Outcome): number
  /** The target; undefined for figures without one. */
  target?: (outcome: Outcome) => number
  /** The least that passes. */
  least?: (outcome: Outcome) => number
  /** A number as text, where it is not a plain count. */
  show?: (outcome: Outcome) => string
}

const none = () => 0
/** Of the acknowledged events, those that were acknowledged while faults went on: else the campaign has tried little. */
const LEAST_UNDER_FAULTS = 0.8
const sum = (map: Map<string, number>) => [...map.values()].reduce((total, count) => total + count, 0)
const faultCount = (kind: Fault['kind']) => (outcome: Outcome) => outcome.faults[kind] ?? 0

/** Every line of the table; verify/chaos/README.md says what each means. */
const FIGURES: Figure[] = [
  { name: 'events acknowledged', of: ({ findings }) => findings.acknowledged },
  {
    name: '… while faults went on',
    of: (outcome) => outcome.acknowledgedUnderFaults,
    least: ({ findings }) => LEAST_UNDER_FAULTS * findings.acknowledged,
    show: ({ acknowledgedUnderFaults, findings }) =>
      `${number(acknowledgedUnderFaults)} (${percent(acknowledgedUnderFaults / Math.max(1, findings.acknowledged))})`,
  },
  { name: 'stored', of: ({ findings }) => findings.stored, target: ({ findings }) => findings.acknowledged },
  { name: 'terminal', of: ({ findings }) => findings.ended, target: ({ findings }) => findings.stored },
  { name: 'lost', of: ({ findings }) => findings.lost.length, target: none },
  { name: 'doubled', of: ({ findings }) => findings.doubled.length, target: none },
  { name: 'model mismatches', of: ({ findings }) => findings.mismatches.length, target: none },
  { name: 'vectors missing', of: ({ findings }) => findings.vectorsMissing.length, target: none },
  { name: 'left over', of: ({ findings }) => findings.leftOver.length, target: none },
  { name: 'wrong in the sample', of: (outcome) => outcome.sampled.length, target: none },
  { name: 'dead letters', of: ({ findings }) => findings.dead, target: none },
  { name: 'heavy events acknowledged', of: ({ findings }) => findings.heavy.acknowledged },
  { name: '… refused', of: (outcome) => outcome.heavyRefused },
  { name: '… applied', of: ({ findings }) => findings.heavy.applied },
  { name: '… dead letters', of: ({ findings }) => findings.heavy.dead },
  { name: '… open at the end', of: ({ findings }) => findings.heavy.open, target: none },
  { name: '… lost', of: ({ findings }) => findings.heavy.lost, target: none },
  { name: 'backups read whole', of: ({ backups }) => backups?.whole ?? 0, least: ({ backups }) => (backups ? 1 : 0) },
  { name: '… broken off by a fault', of: ({ backups }) => backups?.broken ?? 0 },
  { name: '… whose reader stalled', of: ({ backups }) => backups?.stalled ?? 0 },
  { name: '… whose reader left', of: ({ backups }) => backups?.left ?? 0 },
  { name: '… that looked whole and were not', of: ({ backups }) => backups?.wrong.length ?? 0, target: none },
  { name: 'sessions left idle in transaction', of: (outcome) => outcome.idleInTransaction, target: none },
  { name: 'processes that answered nothing any more', of: (outcome) => outcome.silent.length, target: none },
  { name: 'answers', of: ({ answers }) => answers.answered },
  { name: '5xx other than 503 with Retry-After', of: ({ answers }) => sum(answers.failed), target: none },
  { name: 'unexpected answers', of: (outcome) => outcome.unexpected, target: none },
  { name: 'answers after more than 10 s', of: ({ answers }) => answers.slow, target: none },
  {
    name: 'slowest answer',
    of: ({ answers }) => answers.slowestMs,
    show: ({ answers }) => `${(answers.slowestMs / 1000).toFixed(1)} s`,
  },
  { name: '503 with Retry-After, 429', of: ({ answers }) => answers.unavailable },
  { name: 'requests without an answer', of: ({ answers }) => answers.unanswered },
  { name: 'kill -9: API processes', of: faultCount('kill-api') },
  { name: 'kill -9: worker processes', of: faultCount('kill-worker') },
  { name: 'kill -9: processes that do all', of: faultCount('kill-all-in-one') },
  { name: 'database restarts, immediate', of: faultCount('restart-immediate') },
  { name: 'database restarts, fast', of: faultCount('restart-fast') },
  { name: 'all connections terminated', of: faultCount('terminate-backends') },
  { name: 'network cut', of: faultCount('cut') },
  { name: 'network stalled', of: faultCount('stall') },
  { name: 'processes that ended by themselves', of: (outcome) => outcome.crashes, target: none },
  { name: 'starts without a database', of: (outcome) => outcome.failedStarts },
  { name: 'provider requests', of: (outcome) => outcome.providerRequests },
  { name: '… answered badly', of: (outcome) => outcome.providerFaults },
  { name: 'duration', of: (outcome) => outcome.seconds, show: ({ seconds }) => `${Math.round(seconds)} s` },
]

/** The names of the figures that miss their target; empty when all is well. */
export function misses(outcome: Outcome): string[] {
  const missed = FIGURES.filter((figure) => !isMet(figure, outcome))
  return [...missed.map((figure) => figure.name), ...(outcome.isSettled ? [] : ['nothing left to do in time'])]
}

function isMet({ of, target, least }: Figure, outcome: Outcome): boolean {
  if (least !== undefined && of(outcome) < least(outcome)) return false
  return target === undefined || of(outcome) === target(outcome)
}

/** One column for each outcome, as markdown. What misses its target is marked. */
export function figuresTable(outcomes: Outcome[]): string {
  const cell = (figure: Figure, outcome: Outcome) => {
    const text = figure.show ? figure.show(outcome) : number(figure.of(outcome))
    return isMet(figure, outcome) ? text : `${text} ✗`
  }
  return table(
    ['', ...outcomes.map((outcome) => outcome.title)],
    FIGURES.map((figure) => [figure.name, ...outcomes.map((outcome) => cell(figure, outcome))]),
  )
}

/** The first lines after a failed campaign: each 5xx by kind, and some entries of each list. */
export function details({ findings, answers, sampled, backups, silent, evidence }: Outcome): string {
  const { lost, doubled, mismatches, vectorsMissing, leftOver } = findings
  const lists = {
    lost,
    doubled,
    mismatches,
    'vectors missing': vectorsMissing,
    'left over': leftOver,
    sample: sampled,
    backups: backups?.wrong ?? [],
    silent,
  }
  return [
    ...[...answers.failed].map(([kind, count]) => `  ${kind}: ${count} times`),
    ...Object.entries(lists).flatMap(([name, list]) => list.slice(0, 3).map((what) => `  ${name}: ${what}`)),
    ...(evidence ? [`  journal, faults, findings and the processes' output: ${evidence}`] : []),
  ].join('\n')
}
