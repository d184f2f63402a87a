import { Anchor, Text } from '@mantine/core'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import type { ShopEvent } from '../../api/events.ts'
import { useMe } from '../../api/session.ts'
import type { Column } from '../../components/lists/list-table.tsx'
import { ShopText } from '../../components/text/shop-text.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { WithThumbnail } from '../../components/thumbnail.tsx'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'
import { EventState } from './event-state.tsx'

/** The columns of a list of events: of the log, or of one product. */
export function useEventColumns({ ofOneProduct = false } = {}): Column<ShopEvent>[] {
  const { t } = useTranslation()
  const { number, duration } = useFormats()
  const nameOf = useProductName()
  const href = useHref()
  const { role } = useMe()
  const type: Column<ShopEvent> = {
    key: 'type',
    header: t('events.columns.type'),
    isTitle: ofOneProduct,
    cell: (event) => (
      <div>
        {ofOneProduct ? (
          <Anchor component={Link} href={href(`/events/${event.id}`)} c="var(--mantine-color-text)" fw={600}>
            {t(`events.types.${event.event_type}`)}
          </Anchor>
        ) : (
          <span className="on-one-line">{t(`events.types.${event.event_type}`)}</span>
        )}
        <Text size="xs" c="dimmed">
          {sourceName(t, event.source)}
        </Text>
      </div>
    ),
  }
  const product: Column<ShopEvent> = {
    key: 'product',
    header: t('events.columns.product'),
    isTitle: true,
    cell: (event) => (
      <WithThumbnail image={event.product_image}>
        <Anchor
          component={Link}
          href={href(`/events/${event.id}`)}
          fw={600}
          c="var(--mantine-color-text)"
          lineClamp={2}
        >
          <ShopText>{nameOf(event.product_name, event.woo_product_id)}</ShopText>
        </Anchor>
        <Text size="xs" c="dimmed">
          <bdi>{event.store.name}</bdi>
        </Text>
      </WithThumbnail>
    ),
  }
  // Milliseconds are for the operator.
  const took: Column<ShopEvent> = {
    key: 'took',
    header: t('events.columns.took'),
    cell: (event) =>
      event.processing_time_ms !== null && (
        <span className="on-one-line">{duration(Math.max(1, event.processing_time_ms))}</span>
      ),
  }
  return [
    ...(ofOneProduct ? [] : [product]),
    type,
    { key: 'result', header: t('events.columns.result'), cell: (event) => <EventState event={event} /> },
    {
      key: 'attempts',
      header: t('events.columns.attempts'),
      cell: (event) => event.attempts > 1 && number(event.attempts),
    },
    ...(role === 'admin' ? [took] : []),
    {
      key: 'received',
      header: t('events.columns.received'),
      cell: (event) => (
        <span className="on-one-line">
          <When at={event.received_at} />
        </span>
      ),
    },
  ]
}

const SOURCES = ['live', 'backfill', 'reconcile'] as const

/** A source that we have no word for is shown as the shop called it. */
export function sourceName(t: TFunction, source: string): string {
  const known = SOURCES.find((name) => name === source)
  return known ? t(`events.sources.${known}`) : source
}
