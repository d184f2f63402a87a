import { useElementSize } from '@mantine/hooks'
import { type KeyboardEvent, type PointerEvent, type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../format.ts'
import { niceTicks } from './nice-ticks.ts'
import classes from './time-chart.module.css'

export interface Series<Key extends string> {
  key: Key
  name: string
  color: ChartColor
}

export type ChartColor = 'brand' | 'slate' | 'coral' | 'blue' | 'violet' | 'amber'

/** Null: not known. */
export type Buckets<Key extends string> = ({ at: string } & Record<Key, number | null>)[]

export interface ChartProps<Key extends string> {
  /** The subject of the chart, for screen readers. */
  label: string
  series: Series<Key>[]
  /** Figures that are told with the others, and not drawn. */
  readings?: Omit<Series<Key>, 'color'>[]
  /** Oldest first, without gaps. */
  buckets: Buckets<Key>
  /** The length of a bucket, which decides how its time is written. */
  bucketHours: number
}

/** Positions in the drawing, in pixels. */
export interface Geometry {
  /** The middle of a bucket, by its place. */
  x(place: number): number
  y(value: number): number
  /** The width of a bucket. */
  step: number
}

interface Props<Key extends string> extends ChartProps<Key> {
  /** The largest value that is drawn. */
  largest: number
  /** True for buckets that the table lists. */
  isTold(bucket: Buckets<Key>[number]): boolean
  draw(geometry: Geometry): ReactNode
}

const HEIGHT = 220
const BELOW = 26
const BESIDE = 44
const TOP = 8
const TIP_WIDTH = 200
/** Room for one label of the time. */
const LABEL_WIDTH = 76

/**
 * The frame of a chart over time. Time goes from left to right in every language, as on any axis. Screen readers get the figures
 * as a table; arrow keys go from bucket to bucket.
 */
export function TimeChart<Key extends string>(props: Props<Key>) {
  const { label, series, readings = [], buckets, bucketHours, largest, isTold, draw } = props
  const { t } = useTranslation()
  const { compact, number } = useFormats()
  const { ref, width } = useElementSize()
  const [at, setAt] = useState<number | null>(null)
  const tableId = useId()
  const timeOf = useTimeOf(bucketHours)
  const ticks = niceTicks(largest)
  const top = ticks.at(-1) ?? 1
  const step = buckets.length === 0 ? 0 : Math.max(0, width - BESIDE) / buckets.length
  const y = (value: number) => TOP + (HEIGHT - TOP - BELOW) * (1 - value / top)
  const x = (place: number) => BESIDE + (place + 0.5) * step
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / Math.max(step, 1)))
  const chosen = at === null ? undefined : buckets[at]
  const told: { key: Key; name: string; color?: ChartColor }[] = [...series, ...readings]
  const figure = (value: number | null) => (value === null ? t('common.none') : number(value))

  const point = (event: PointerEvent<SVGSVGElement>) => {
    const from = event.clientX - event.currentTarget.getBoundingClientRect().left - BESIDE
    const place = Math.floor(from / step)
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
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys go from bucket to bucket.
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
          {width > 0 && draw({ x, y, step })}
          {buckets.map(
            ({ at: begins }, place) =>
              place % every === 0 &&
              BESIDE + place * step + LABEL_WIDTH / 2 < width && (
                <text key={begins} x={x(place)} y={HEIGHT - 6} className={classes.tick} textAnchor="middle">
                  {timeOf.short(begins)}
                </text>
              ),
          )}
        </svg>
        {chosen && at !== null && (
          <div className={classes.tip} role="status" style={{ left: beside(BESIDE + at * step, step, width) }}>
            <strong>{timeOf.long(chosen.at)}</strong>
            {told.map(({ key, name, color }) => (
              <span key={key} className={classes.tipLine}>
                <span data-color={color} className={color && classes.key}>
                  {name}
                </span>
                <b>{figure(chosen[key])}</b>
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
              {told.map(({ key, name }) => (
                <th key={key} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {buckets.filter(isTold).map((bucket) => (
              <tr key={bucket.at}>
                <th scope="row">{timeOf.long(bucket.at)}</th>
                {told.map(({ key }) => (
                  <td key={key}>{figure(bucket[key])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  )
}

/** Position of a bucket's figures: beside it, on the side with more room. */
function beside(from: number, step: number, width: number): number {
  const after = from + step + 6
  return Math.max(0, from + step / 2 < width / 2 ? Math.min(after, width - TIP_WIDTH) : from - TIP_WIDTH - 6)
}

/** An hour of a day or a day of a year, as the length of the buckets asks for. */
function useTimeOf(bucketHours: number) {
  const { hour, day, dateTime, date } = useFormats()
  return bucketHours < 12 ? { short: hour, long: dateTime } : { short: day, long: date }
}
