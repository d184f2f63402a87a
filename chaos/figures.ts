import { number, table } from '../bench/report.ts'
import type { Outcome } from './campaign.ts'
import type { Fault } from './fault-plan.ts'

interface Figure {
  name: string
  of(outcome: Outcome): number
  /** What it must be; undefined where there is nothing to keep. */
  target?: (outcome: Outcome) => number
  /** A number as text, where it is not a plain count. */
  show?: (outcome: Outcome) => string
}

const none = () => 0
const sum = (map: Map<string, number>) => [...map.values()].reduce((total, count) => total + count, 0)
const faultCount = (kind: Fault['kind']) => (outcome: Outcome) => outcome.faults[kind] ?? 0

/** Every line of the table; chaos/README.md says what each means. */
const FIGURES: Figure[] = [
  { name: 'events acknowledged', of: ({ findings }) => findings.acknowledged },
  { name: '… while faults went on', of: (outcome) => outcome.acknowledgedUnderFaults },
  { name: 'stored', of: ({ findings }) => findings.stored, target: ({ findings }) => findings.acknowledged },
  { name: 'terminal', of: ({ findings }) => findings.ended, target: ({ findings }) => findings.stored },
  { name: 'lost', of: ({ findings }) => findings.lost.length, target: none },
  { name: 'doubled', of: ({ findings }) => findings.doubled.length, target: none },
  { name: 'model mismatches', of: ({ findings }) => findings.mismatches.length, target: none },
  { name: 'vectors missing', of: ({ findings }) => findings.vectorsMissing.length, target: none },
  { name: 'left over', of: ({ findings }) => findings.leftOver.length, target: none },
  { name: 'wrong in the sample', of: (outcome) => outcome.sampled.length, target: none },
  { name: 'dead letters', of: ({ findings }) => findings.dead, target: none },
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
  const missed = FIGURES.filter(({ of, target }) => target !== undefined && of(outcome) !== target(outcome))
  return [...missed.map((figure) => figure.name), ...(outcome.isSettled ? [] : ['nothing left to do in time'])]
}

/** One column for each outcome, as markdown. What misses its target is marked. */
export function figuresTable(outcomes: Outcome[]): string {
  const cell = ({ of, show, target }: Figure, outcome: Outcome) => {
    const text = show ? show(outcome) : number(of(outcome))
    return target !== undefined && of(outcome) !== target(outcome) ? `${text} ✗` : text
  }
  return table(
    ['', ...outcomes.map((outcome) => outcome.title)],
    FIGURES.map((figure) => [figure.name, ...outcomes.map((outcome) => cell(figure, outcome))]),
  )
}

/** What a reader of a failed campaign wants to see first: each 5xx by kind, and some of each list. */
export function details({ findings, answers, sampled, evidence }: Outcome): string {
  const { lost, doubled, mismatches, vectorsMissing, leftOver } = findings
  const lists = { lost, doubled, mismatches, 'vectors missing': vectorsMissing, 'left over': leftOver, sample: sampled }
  return [
    ...[...answers.failed].map(([kind, count]) => `  ${kind}: ${count} times`),
    ...Object.entries(lists).flatMap(([name, list]) => list.slice(0, 3).map((what) => `  ${name}: ${what}`)),
    ...(evidence ? [`  journal, faults, findings and the processes' output: ${evidence}`] : []),
  ].join('\n')
}
