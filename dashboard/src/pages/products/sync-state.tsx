import { Text } from '@mantine/core'
import { IconCheck, IconLoader } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ProductWithTexts } from '../../api/products.ts'
import { StateBadge, type Tone } from '../../components/badge.tsx'
import { Section } from '../../components/section.tsx'
import classes from './sync-state.module.css'

type Sync = ProductWithTexts['sync']

const TONES: Record<Sync['state'], Tone> = {
  unknown: 'neutral',
  received: 'info',
  applied: 'info',
  searchable: 'good',
  removed: 'neutral',
  failed: 'bad',
}

/** The progress of the newest version: received, stored, searchable. */
export function SyncState({ sync }: { sync: Sync }) {
  const { t } = useTranslation()
  const newest = Math.max(sync.received_version ?? 0, sync.applied_version ?? 0)
  return (
    <Section
      title={t('products.detail.sync')}
      aside={<StateBadge tone={TONES[sync.state]}>{t(`products.detail.syncStates.${sync.state}`)}</StateBadge>}
    >
      <ol className={classes.steps}>
        {(['received', 'applied', 'searchable'] as const).map((step) => {
          const version = sync[`${step}_version`]
          const isDone = version !== null && version >= newest
          return (
            <li key={step} className={classes.step} data-done={isDone}>
              <span className={classes.mark} aria-hidden>
                {isDone ? <IconCheck size={16} /> : <IconLoader size={16} />}
              </span>
              <div>
                <Text fw={600} size="sm">
                  {t(`products.detail.steps.${step}`)}
                </Text>
                <Text size="xs" c="dimmed">
                  {version === null ? (
                    t('products.detail.versionNone')
                  ) : isDone ? (
                    <code>{version}</code>
                  ) : (
                    t('products.detail.behind', { version: String(version) })
                  )}
                </Text>
              </div>
            </li>
          )
        })}
      </ol>
      {sync.last_error && (
        <Text size="sm" c="var(--mantine-color-error)" dir="auto">
          {sync.last_error}
        </Text>
      )}
    </Section>
  )
}
