import { useElementSize } from '@mantine/hooks'
import { type KeyboardEvent, type PointerEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../format.ts'
import classes from './bar-chart.module.css'
import { niceTicks } from './nice-ticks.ts'

export interface Series<Key extends string> {
  key: Key
  name: string
  color: ChartColor
}

export type ChartColor = 'brand' | 'slate' | 'coral' | 'blue' | 'violet' | 'amber'

interface Props<Key extends string> {
  /** What is shown, for who cannot see it. */
  label: string
  series: Series<Key>[]
  /** Oldest first, without gaps. */
  buckets: ({ at: string } & Record<Key, number>)[]
  /** The length of a bucket, which decides how its time is written. */
  bucketHours: number
}

const HEIGHT = 220
const BELOW = 26
const BESIDE = 44
const TOP = 8
const TIP_WIDTH = 180
/** Room for one label of the time. */
const LABEL_WIDTH = 76

/**
 * Bars over time, one part upon another. Time goes from left to right in every language, as on any axis. Whoever cannot see it gets
 * the figures as a table; arrow keys go from bar to bar.
 */
export function BarChart<Key extends string>({ label, series, buckets, bucketHours }: Props<Key>) {
  const { t } = useTranslation()
  const { compact, number } = useFormats()
  const { ref, width } = useElementSize()
  const [at, setAt] = useState<number | null>(null)
  const tableId = useId()
  const timeOf = useTimeOf(bucketHours)
  const totals = buckets.map((bucket) => series.reduce((sum, { key }) => sum + bucket[key], 0))
  const ticks = niceTicks(Math.max(0, ...totals))
  const top = ticks.at(-1) ?? 1
  const inner = Math.max(0, width - BESIDE)
  const step = buckets.length === 0 ? 0 : inner / buckets.length
  const barWidth = Math.max(1, Math.min(28, step * 0.68))
  const y = (value: number) => TOP + (HEIGHT - TOP - BELOW) * (1 - value / top)
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / Math.max(step, 1)))
  const chosen = at === null ? undefined : buckets[at]

  const point = (event: PointerEvent<SVGSVGElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - BESIDE
    const place = Math.floor(x / step)
    setAt(place >= 0 && place < buckets.length ? place : null)
  }
  const walk = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (by === undefined) return
    event.preventDefault()
    setAt((now) => Math.min(buckets.length - 1, Math.max(0, (now ?? (by > 0 ? -1 : buckets.length)) + by)))
  }

  return (
    <figure className={classes.chart} dir="ltr">
      <figcaption className={classes.legend}>
        {series.map(({ key, name, color }) => (
          <span key={key} data-color={color} className={classes.key}>
            {name}
          </span>
        ))}
      </figcaption>
      <div ref={ref} className={classes.plot}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={label}
          aria-details={tableId}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys go from bar to bar.
          tabIndex={0}
          className={classes.svg}
          onPointerMove={point}
          onPointerLeave={() => setAt(null)}
          onKeyDown={walk}
          onBlur={() => setAt(null)}
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line x1={BESIDE} x2={width} y1={y(tick)} y2={y(tick)} className={classes.grid} />
              <text x={BESIDE - 8} y={y(tick)} className={classes.tick} textAnchor="end" dominantBaseline="middle">
                {compact(tick)}
              </text>
            </g>
          ))}
          {at !== null && (
            <rect
              x={BESIDE + at * step}
              y={TOP}
              width={step}
              height={HEIGHT - TOP - BELOW}
              rx={4}
              className={classes.highlight}
            />
          )}
          {buckets.map((bucket, place) => {
            const x = BESIDE + place * step + (step - barWidth) / 2
            let under = 0
            return (
              <g key={bucket.at}>
                {series.map(({ key, color }) => {
                  const value = bucket[key]
                  const from = y(under)
                  under += value
                  if (value === 0) return null
                  const height = Math.max(1.5, from - y(under))
                  return (
                    <rect
                      key={key}
                      x={x}
                      y={from - height}
                      width={barWidth}
                      height={height}
                      rx={Math.min(3, barWidth / 3, height / 2)}
                      data-color={color}
                      className={classes.bar}
                    />
                  )
                })}
                {place % every === 0 && BESIDE + place * step + LABEL_WIDTH / 2 < width && (
                  <text x={BESIDE + (place + 0.5) * step} y={HEIGHT - 6} className={classes.tick} textAnchor="middle">
                    {timeOf.short(bucket.at)}
                  </text>
                )}
              </g>
            )
          })}
        </svg>
        {chosen && at !== null && (
          <div className={classes.tip} role="status" style={{ left: beside(BESIDE + at * step, step, width) }}>
            <strong>{timeOf.long(chosen.at)}</strong>
            {series.map(({ key, name, color }) => (
              <span key={key} className={classes.tipLine}>
                <span data-color={color} className={classes.key}>
                  {name}
                </span>
                <b>{number(chosen[key])}</b>
              </span>
            ))}
          </div>
        )}
      </div>
      <div className="visually-hidden">
        <table id={tableId} aria-label={label}>
          <thead>
            <tr>
              <th scope="col">{t('overview.time')}</th>
              {series.map(({ key, name }) => (
                <th key={key} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {buckets
              .filter((_, place) => (totals[place] ?? 0) > 0)
              .map((bucket) => (
                <tr key={bucket.at}>
                  <th scope="row">{timeOf.long(bucket.at)}</th>
                  {series.map(({ key }) => (
                    <td key={key}>{number(bucket[key])}</td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </figure>
  )
}

/** Where the figures of a bar stand: beside it, on the side that has more room. */
function beside(barAt: number, step: number, width: number): number {
  const after = barAt + step + 6
  return Math.max(0, barAt + step / 2 < width / 2 ? Math.min(after, width - TIP_WIDTH) : barAt - TIP_WIDTH - 6)
}

/** An hour of a day or a day of a year, as the length of the buckets asks for. */
function useTimeOf(bucketHours: number) {
  const { hour, day, dateTime, date } = useFormats()
  return bucketHours < 12 ? { short: hour, long: dateTime } : { short: day, long: date }
}
