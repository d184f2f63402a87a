import type { ReactNode } from 'react'
import classes from './badge.module.css'

export type Tone = 'good' | 'warning' | 'bad' | 'info' | 'neutral'

/** A state in a word; the dot's colour never says what the word does not. */
export function StateBadge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={classes.badge} data-tone={tone}>
      {children}
    </span>
  )
}
