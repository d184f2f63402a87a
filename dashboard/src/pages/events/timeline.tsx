import { Text } from '@mantine/core'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { ShopEventDetail } from '../../api/events.ts'
import type { Tone } from '../../components/badge.tsx'
import { Section } from '../../components/section.tsx'
import { useFormats } from '../../format.ts'
import { TONES } from './event-state.tsx'
import classes from './timeline.module.css'

interface Step {
  tone: Tone
  title: string
  /** null: not yet. */
  at: string | null
  text?: string
}

/** Attempts and replays of an event from its receipt to now; empty for an event without a failure. */
export function Timeline({ event }: { event: ShopEventDetail }) {
  const { t } = useTranslation()
  const { exactTime } = useFormats()
  if (event.history.length === 0) return null
  return (
    <Section title={t('events.timeline.title')}>
      <ol className={classes.timeline}>
        {stepsOf(event, t).map((step, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: what happened does not change places.
          <li key={place} data-tone={step.tone}>
            <div className={classes.head}>
              <Text fw={600}>{step.title}</Text>
              {step.at && (
                <Text size="sm" c="dimmed" component="time" dateTime={step.at}>
                  {exactTime(step.at)}
                </Text>
              )}
            </div>
            {step.text && (
              <Text size="sm" dir="auto" maw="46rem" className={classes.text}>
                {step.text}
              </Text>
            )}
          </li>
        ))}
      </ol>
    </Section>
  )
}

function stepsOf(event: ShopEventDetail, t: TFunction): Step[] {
  const { history, status, outcome } = event
  const steps: Step[] = [{ tone: 'info', title: t('events.timeline.received'), at: event.received_at }]
  const [first] = history
  if (first?.kind !== 'failed' || first.attempt !== 1)
    steps.push({ tone: 'neutral', title: t('events.timeline.earlier'), at: null })
  let lastError = ''
  for (const entry of history) {
    const { at } = entry
    if (entry.kind === 'replayed') {
      steps.push({ tone: 'info', title: t(`events.timeline.replayed.${entry.by}`), at })
      continue
    }
    const text = entry.error === lastError ? t('events.timeline.same') : entry.error
    lastError = entry.error
    steps.push({ tone: 'warning', title: t('events.timeline.failed', { attempt: entry.attempt }), at, text })
    if (entry.follows === 'dead_letter') steps.push({ tone: TONES.dead, title: t('events.statuses.dead'), at })
  }
  if (status !== 'dead')
    steps.push({
      tone: TONES[status],
      title: t(`events.statuses.${status}`),
      at: event.processed_at ?? (status === 'retrying' ? event.next_attempt_at : null),
      ...(outcome && { text: t(`events.outcomes.${outcome}`) }),
    })
  return steps
}
