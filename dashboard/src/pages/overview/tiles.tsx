import { IconClockBolt, IconInbox, IconMailX, IconPackage, IconRefreshAlert, IconSparkles } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Overview } from '../../api/overview.ts'
import { Tile } from '../../components/tile.tsx'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'
import { CostTile } from './cost-tile.tsx'
import classes from './overview-page.module.css'

/** An event that waits longer than this is late: the server's own diagnosis says so, too. */
const LATE_MS = 60_000

/** The figures that say whether all is well. */
export function Tiles({ overview }: { overview: Overview }) {
  const { t } = useTranslation()
  const { number, relative, duration } = useFormats()
  const href = useHref()
  const { queue, processing, products, dead_letters: dead } = overview
  const isLate = queue.oldest_open_at !== null && Date.now() - new Date(queue.oldest_open_at).getTime() > LATE_MS
  const failed = overview.series.reduce((sum, bucket) => sum + bucket.failed, 0)
  const givenUp = overview.series.reduce((sum, bucket) => sum + bucket.dead, 0)
  const deadCount = dead.events + dead.embeddings
  return (
    <div className={classes.tiles}>
      <Tile
        icon={IconPackage}
        name={t('overview.tiles.products')}
        value={number(products.active)}
        note={t('overview.tiles.chunks', { count: overview.chunks })}
        href={href('/products')}
      />
      <Tile
        icon={IconInbox}
        name={t('overview.tiles.queue')}
        value={number(queue.open)}
        tone={isLate ? 'warning' : undefined}
        note={
          queue.oldest_open_at
            ? t('overview.tiles.queueOldest', { when: relative(queue.oldest_open_at) })
            : t('overview.tiles.queueEmpty')
        }
        href={href('/events')}
      />
      <Tile
        icon={IconClockBolt}
        name={t('overview.tiles.time')}
        value={processing.mean_ms === null ? t('common.none') : duration(processing.mean_ms)}
        note={
          processing.p95_ms === null
            ? t('overview.tiles.timeNone')
            : t('overview.tiles.timeP95', { time: duration(processing.p95_ms) })
        }
      />
      <Tile
        icon={IconSparkles}
        name={t('overview.tiles.pending')}
        value={number(overview.pending_embeddings)}
        note={t(overview.pending_embeddings > 0 ? 'overview.tiles.pendingNote' : 'overview.tiles.pendingNone')}
      />
      <Tile
        icon={IconRefreshAlert}
        name={t('overview.tiles.failed')}
        value={number(failed)}
        tone={givenUp > 0 ? 'warning' : undefined}
        note={
          queue.retrying > 0
            ? t('overview.tiles.retrying', { count: queue.retrying })
            : t('overview.tiles.failedNote', { count: givenUp })
        }
      />
      <Tile
        icon={IconMailX}
        name={t('overview.tiles.dead')}
        value={number(deadCount)}
        tone={deadCount > 0 ? 'bad' : undefined}
        note={t('overview.tiles.deadNote', { events: dead.events, texts: dead.embeddings })}
        href={href('/dead-letters')}
      />
      {overview.embeddings && <CostTile embeddings={overview.embeddings} />}
    </div>
  )
}
