import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ShopEvent } from '../../api/events.ts'
import { StateBadge, type Tone } from '../../components/badge.tsx'
import classes from './event-state.module.css'

export const TONES: Record<ShopEvent['status'], Tone> = {
  received: 'info',
  processed: 'good',
  superseded: 'neutral',
  retrying: 'warning',
  dead: 'bad',
}

/** The status of an event, and its outcome. */
export function EventState({ event }: { event: Pick<ShopEvent, 'status' | 'outcome' | 'error'> }) {
  const { t } = useTranslation()
  return (
    <div className={classes.state}>
      <StateBadge tone={TONES[event.status]}>{t(`events.statuses.${event.status}`)}</StateBadge>
      {event.outcome ? (
        <Text size="xs" c="dimmed">
          {t(`events.outcomes.${event.outcome}`)}
        </Text>
      ) : (
        event.error && (
          <Text size="xs" c="dimmed" lineClamp={1} dir="auto" className={classes.error}>
            {event.error}
          </Text>
        )
      )}
    </div>
  )
}
