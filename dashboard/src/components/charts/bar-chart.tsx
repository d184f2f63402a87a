import classes from './time-chart.module.css'
import { type Buckets, type ChartProps, TimeChart } from './time-chart.tsx'

/** Bars over time, one part upon another. */
export function BarChart<Key extends string>(props: ChartProps<Key>) {
  const { series, buckets } = props
  const totalOf = (bucket: Buckets<Key>[number]) => series.reduce((sum, { key }) => sum + (bucket[key] ?? 0), 0)
  return (
    <TimeChart
      {...props}
      largest={Math.max(0, ...buckets.map(totalOf))}
      isTold={(bucket) => totalOf(bucket) > 0}
      draw={({ x, y, step }) => {
        const width = Math.max(1, Math.min(28, step * 0.68))
        return buckets.map((bucket, place) => {
          let under = 0
          return (
            <g key={bucket.at}>
              {series.map(({ key, color }) => {
                const value = bucket[key] ?? 0
                const from = y(under)
                under += value
                if (value === 0) return null
                const height = Math.max(1.5, from - y(under))
                return (
                  <rect
                    key={key}
                    x={x(place) - width / 2}
                    y={from - height}
                    width={width}
                    height={height}
                    rx={Math.min(3, width / 3, height / 2)}
                    data-color={color}
                    className={classes.bar}
                  />
                )
              })}
            </g>
          )
        })
      }}
    />
  )
}
