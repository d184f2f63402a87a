import { Anchor, Progress as Bar } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { Sync, SyncSummary } from '../api/stores.ts'
import { StateBadge, type Tone } from './badge.tsx'
import classes from './sync-sentence.module.css'

const TONES: Record<Sync['state'], Tone> = {
  paused: 'bad',
  needs_attention: 'warning',
  syncing: 'info',
  quiet: 'neutral',
  in_sync: 'good',
}

/** The state of a store in a word. */
export function SyncBadge({ state }: { state: Sync['state'] }) {
  const { t } = useTranslation()
  return <StateBadge tone={TONES[state]}>{t(`sync.states.${state}`)}</StateBadge>
}

interface Props {
  sync: Sync | SyncSummary
  /** As the first line of a page; otherwise as a cell of a list. */
  isLead?: boolean
  /** The list of the products that the AI does not find. */
  href?: string | undefined
}

/** The one sentence about a store or about all stores, as the server says it. */
export function SyncSentence({ sync, isLead = false, href }: Props) {
  const { t } = useTranslation()
  const words = t('sync.show')
  // The browser scrolls to a part of the same page; the router would only change the address.
  const show = href?.startsWith('#') ? (
    <Anchor href={href} fw={600}>
      {words}
    </Anchor>
  ) : (
    <Anchor component={Link} href={href ?? ''} fw={600}>
      {words}
    </Anchor>
  )
  return (
    <div className={classes.sentence}>
      <SyncBadge state={sync.state} />
      <p className={isLead ? classes.lead : undefined}>
        {sync.sentence}
        {href && hasProducts(sync) && <> {show}</>}
      </p>
    </div>
  )
}

/** True when the list of products that the AI does not find has entries. */
function hasProducts(sync: Sync | SyncSummary): boolean {
  return sync.attention > 0 || sync.waiting > 0 || ('causes' in sync && sync.causes.includes('products_failed'))
}

/** How much of a store is current. The stripes move only while work is done. */
export function SyncBar({ sync }: { sync: Sync }) {
  const { t } = useTranslation()
  const share = sync.total === 0 ? 0 : (sync.total - sync.waiting) / sync.total
  return (
    <Bar
      value={Math.min(0.99, share) * 100}
      size="lg"
      radius="xl"
      striped={sync.moving}
      animated={sync.moving}
      aria-label={t('sync.bar')}
      className={classes.bar}
    />
  )
}
