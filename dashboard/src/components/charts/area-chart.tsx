import classes from './time-chart.module.css'
import { type ChartProps, type Series, TimeChart } from './time-chart.tsx'

interface Props<Key extends string> extends Omit<ChartProps<Key>, 'series'> {
  series: Series<Key>
}

/** The value of one series at the end of each interval. An unknown value leaves a gap. */
export function AreaChart<Key extends string>({ series, ...props }: Props<Key>) {
  const { key, color } = series
  const { buckets } = props
  return (
    <TimeChart
      {...props}
      series={[series]}
      largest={Math.max(0, ...buckets.map((bucket) => bucket[key] ?? 0))}
      isTold={(bucket) => bucket[key] !== null}
      draw={({ x, y, step }) =>
        runsOf(buckets.map((bucket) => bucket[key])).map(({ from, values }) => {
          // A step's width for a single point, so that it can be seen.
          const [first, last] = [x(from) - step / 2, x(from + values.length - 1) + step / 2]
          const line = [
            `M${first},${y(values[0] ?? 0)}`,
            ...values.map((value, place) => `L${x(from + place)},${y(value)}`),
            `L${last},${y(values.at(-1) ?? 0)}`,
          ].join('')
          return (
            <g key={from} data-color={color}>
              <path d={`${line}V${y(0)}H${first}Z`} className={classes.area} />
              <path d={line} className={classes.line} />
            </g>
          )
        })
      }
    />
  )
}

/** The stretches without nulls, with the place where each begins. */
function runsOf(values: (number | null)[]): { from: number; values: number[] }[] {
  const runs: { from: number; values: number[] }[] = []
  for (const [place, value] of values.entries()) {
    if (value === null) continue
    const last = runs.at(-1)
    if (last && last.from + last.values.length === place) last.values.push(value)
    else runs.push({ from: place, values: [value] })
  }
  return runs
}
