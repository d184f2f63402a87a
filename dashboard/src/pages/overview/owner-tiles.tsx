import { IconClock, IconHourglass, IconListDetails, IconSearch } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Overview } from '../../api/overview.ts'
import { Tile } from '../../components/tile.tsx'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'
import { CostTile } from './cost-tile.tsx'
import classes from './overview-page.module.css'

/** The figures of an owner: in products and seconds. */
export function OwnerTiles({ overview }: { overview: Overview }) {
  const { t } = useTranslation()
  const { number, duration } = useFormats()
  const href = useHref()
  const { sync, embeddings } = overview
  if (!sync) return null
  const median = sync.median_seconds_to_searchable
  return (
    <div className={classes.tiles}>
      <Tile
        icon={IconSearch}
        name={t('sync.searchable')}
        value={number(sync.searchable)}
        note={t('sync.searchableNote', { products: number(sync.products) })}
        href={href('/products')}
      />
      <Tile
        icon={IconListDetails}
        name={t('sync.attention')}
        value={number(sync.attention)}
        tone={sync.attention > 0 ? 'warning' : undefined}
        note={t(sync.attention > 0 ? 'sync.attentionNote' : 'sync.attentionNone')}
        href={href('/stores')}
      />
      <Tile
        icon={IconHourglass}
        name={t('sync.waiting')}
        value={number(sync.waiting)}
        note={t(sync.waiting > 0 ? 'sync.waitingNote' : 'sync.waitingNone')}
      />
      <Tile
        icon={IconClock}
        name={t('sync.median')}
        value={median === null ? t('common.none') : duration(Math.max(1, Math.round(median)) * 1000)}
        note={t(median === null ? 'sync.medianNone' : 'sync.medianNote')}
      />
      {embeddings && <CostTile embeddings={embeddings} />}
    </div>
  )
}
