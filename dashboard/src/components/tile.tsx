import { Card } from '@mantine/core'
import type { IconKey } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Tone } from './badge.tsx'
import classes from './tile.module.css'

interface Props {
  icon: typeof IconKey
  name: string
  value: ReactNode
  /** A second figure for comparison. */
  note?: ReactNode
  tone?: Extract<Tone, 'warning' | 'bad' | 'good'> | undefined
  /** The page with more details. */
  href?: string
}

/** One figure at a glance. */
export function Tile({ icon: Icon, name, value, note, tone, href }: Props) {
  return (
    <Card padding="md" className={classes.tile} data-tone={tone}>
      <div className={classes.name}>
        <Icon size={18} stroke={1.7} aria-hidden />
        {href ? (
          <Link href={href} className={classes.link}>
            {name}
          </Link>
        ) : (
          name
        )}
      </div>
      <div className={classes.value}>{value}</div>
      {note && <div className={classes.note}>{note}</div>}
    </Card>
  )
}
