/** The table as markdown. */
import { table } from '../report.ts'
import { type Comparison, compare, type Figure, format, judge } from './figures.ts'

/** A figure and the same one of the earlier run, if there is one to compare with. */
export function showFigures(figures: Figure[], before?: Map<string, Figure>): string {
  const titles = [
    'figure',
    'unit',
    'median',
    'spread',
    'target',
    'stretch',
    'result',
    ...(before ? ['old', 'new/old'] : []),
  ]
  const rows = figures.map((figure) => [
    figure.title,
    figure.unit,
    figure.median === null ? '' : format(figure.median),
    spreadOf(figure),
    boundOf(figure, figure.target),
    boundOf(figure, figure.stretch),
    judge(figure),
    ...(before ? comparisonOf(figure, before.get(figure.id)) : []),
  ])
  return table(titles, rows)
}

function spreadOf({ samples, spread }: Figure): string {
  if (spread === null) return ''
  if (samples.length === 1) return 'one sample'
  return `${format(spread[0])} to ${format(spread[1])} (${samples.length})`
}

function boundOf({ better }: Figure, bound: number | undefined): string {
  return bound === undefined ? '' : `${better === 'more' ? '≥' : '≤'} ${format(bound)}`
}

function comparisonOf(figure: Figure, old: Figure | undefined): string[] {
  const comparison = compare(figure, old)
  return [old?.median == null ? '' : format(old.median), describe(comparison)]
}

function describe({ ratio, verdict }: Comparison): string {
  if (verdict === 'not in both' || verdict === 'other conditions') return verdict
  const text = ratio === undefined ? '' : `× ${ratio.toFixed(2)}`
  return verdict === 'same' ? text : `${text} ${verdict.toUpperCase()}`.trim()
}

/** Missed targets with the measured reasons, sizes of smaller runs, refused figures, and figures without a measurement, each reason once. */
export function showReasons(figures: Figure[]): string {
  const lines: string[] = []
  const missed = groupBy(figures, (figure) =>
    judge(figure) === 'missed' ? `${figure.because ?? 'no reason was measured'} (${figure.conditions})` : undefined,
  )
  for (const [why, titles] of missed) lines.push(`- missed: ${titles.join('; ')}. ${why}`)
  const smaller = groupBy(figures, (figure) => (judge(figure) === 'smaller run' ? figure.conditions : undefined))
  for (const [conditions, titles] of smaller) lines.push(`- smaller run: ${conditions} (figures: ${titles.length})`)
  const refused = groupBy(figures, (figure) => figure.refused)
  for (const [why, titles] of refused) lines.push(`- refused: ${why} (${titles.join('; ')})`)
  const absent = groupBy(figures, (figure) => figure.absent)
  for (const [why, titles] of absent) lines.push(`- not measured: ${why} (figures: ${titles.length})`)
  return lines.join('\n')
}

export function showChanges(figures: Figure[], before: Map<string, Figure>): string {
  const count = (verdict: Comparison['verdict']) =>
    figures.filter((figure) => compare(figure, before.get(figure.id)).verdict === verdict)
  const [worse, better, same] = [count('worse'), count('better'), count('same')]
  const names = (list: Figure[]) => (list.length === 0 ? '' : `: ${list.map(({ title }) => title).join('; ')}`)
  return [
    `- worse, outside of both spreads: ${worse.length}${names(worse)}`,
    `- better, outside of both spreads: ${better.length}${names(better)}`,
    `- the same within the spreads: ${same.length}`,
  ].join('\n')
}

function groupBy(figures: Figure[], reasonOf: (figure: Figure) => string | undefined): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const figure of figures) {
    const reason = reasonOf(figure)
    if (reason !== undefined) groups.set(reason, [...(groups.get(reason) ?? []), figure.title])
  }
  return groups
}
