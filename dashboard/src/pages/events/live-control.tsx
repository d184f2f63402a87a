import { Button, Group } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { LiveState } from '../../api/live-events.ts'
import { StateBadge, type Tone } from '../../components/badge.tsx'

interface Props {
  state: LiveState
  isPaused: boolean
  onToggle: () => void
}

const TONES: Record<LiveState, Tone> = { connecting: 'neutral', live: 'good', lost: 'warning' }

/** Shows if the list is live, and pauses it. */
export function LiveControl({ state, isPaused, onToggle }: Props) {
  const { t } = useTranslation()
  const words = { connecting: 'events.live.connecting', live: 'events.live.on', lost: 'events.live.lost' } as const
  return (
    <Group gap="sm">
      <span role="status">
        {isPaused ? (
          <StateBadge tone="warning">{t('events.live.paused')}</StateBadge>
        ) : (
          <StateBadge tone={TONES[state]}>{t(words[state])}</StateBadge>
        )}
      </span>
      <Button
        variant="default"
        onClick={onToggle}
        aria-pressed={isPaused}
        leftSection={isPaused ? <IconPlayerPlay size={17} /> : <IconPlayerPause size={17} />}
      >
        {t(isPaused ? 'events.live.resume' : 'events.live.pause')}
      </Button>
    </Group>
  )
}
