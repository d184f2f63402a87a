import { IconCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../../format.ts'
import classes from './steps.module.css'

const STEPS = ['name', 'token', 'plugin', 'sync'] as const

/** The steps, with the current one marked. */
export function Steps({ at, isDone = false }: { at: number; isDone?: boolean }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  return (
    <ol className={classes.steps}>
      {STEPS.map((step, place) => {
        const isPast = place < at || isDone
        return (
          <li
            key={step}
            className={classes.step}
            data-past={isPast || undefined}
            aria-current={place === at ? 'step' : undefined}
          >
            <span className={classes.dot} aria-hidden>
              {isPast ? <IconCheck size={16} stroke={2.6} /> : number(place + 1)}
            </span>
            <span>{t(`stores.steps.${step}`)}</span>
          </li>
        )
      })}
    </ol>
  )
}
