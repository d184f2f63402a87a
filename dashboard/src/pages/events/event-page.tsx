import { Anchor, Button, Code, Collapse, Stack, Text } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type ShopEventDetail, useEvent } from '../../api/events.ts'
import { useMe } from '../../api/session.ts'
import { BackLink } from '../../components/back-link.tsx'
import { Facts } from '../../components/facts.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Section } from '../../components/section.tsx'
import { ShopText } from '../../components/text/shop-text.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'
import { Changes } from './changes.tsx'
import classes from './event-page.module.css'
import { EventState } from './event-state.tsx'
import { sourceName } from './event-table.tsx'
import { ReplayOneDialog } from './replay-dialog.tsx'
import { Timeline } from './timeline.tsx'

/** One event: what it said, what it changed, and why. */
export default function EventPage({ id }: { id: number }) {
  const { t } = useTranslation()
  const { numeral } = useFormats()
  const event = useEvent(id)
  const [isReplaying, setReplaying] = useState(false)
  const name = event.data?.product_name ?? event.data?.product?.name
  return (
    <>
      <BackLink to="/events">{t('events.detail.back')}</BackLink>
      <PageHeader title={name || t('events.detail.title', { id: numeral(id) })}>
        {event.data?.status === 'dead' && (
          <Button leftSection={<IconRefresh size={17} />} onClick={() => setReplaying(true)}>
            {t('events.replay.one')}
          </Button>
        )}
      </PageHeader>
      <Answered query={event}>
        {(found) => (
          <Stack gap="lg">
            <Why event={found} />
            <Timeline event={found} />
            <Changes event={found} />
            <Details event={found} />
            <Payload payload={found.payload} />
          </Stack>
        )}
      </Answered>
      {isReplaying && <ReplayOneDialog id={id} onClose={() => setReplaying(false)} />}
    </>
  )
}

function Why({ event }: { event: ShopEventDetail }) {
  const { t } = useTranslation()
  const href = useHref()
  const { status, outcome, superseded_by: newer } = event
  const isReplayed = event.history.some(({ kind }) => kind === 'replayed')
  const reason = status === 'processed' ? (outcome ?? 'unchanged') : status
  return (
    <Section title={t('events.detail.why')}>
      <EventState event={{ status, outcome, error: null }} />
      <Text maw="46rem">{t(`events.detail.whys.${reason}`)}</Text>
      {status === 'superseded' &&
        (newer ? (
          <Anchor component={Link} href={href(`/events/${newer.id}`)}>
            {t('events.detail.supersededBy', { id: newer.event_id })}
          </Anchor>
        ) : (
          <Text size="sm" c="dimmed">
            {t('events.detail.supersededUnknown')}
          </Text>
        ))}
      <Facts
        facts={[
          [
            t('events.detail.attempts'),
            event.attempts === 0
              ? t('events.detail.attemptsNone')
              : t(isReplayed ? 'events.detail.attemptsSince' : 'events.detail.attemptsOf', { count: event.attempts }),
          ],
          ...(event.next_attempt_at && status === 'retrying'
            ? [
                [t('events.detail.nextAttempt'), <When key="next" at={event.next_attempt_at} />] as [
                  string,
                  React.ReactNode,
                ],
              ]
            : []),
        ]}
      />
      {event.error && (
        <div>
          <Text size="sm" c="dimmed">
            {t('events.detail.error')}
          </Text>
          <Text dir="auto" maw="46rem" className={classes.error}>
            {event.error}
          </Text>
        </div>
      )}
    </Section>
  )
}

function Details({ event }: { event: ShopEventDetail }) {
  const { t } = useTranslation()
  const { exactTime, duration } = useFormats()
  const nameOf = useProductName()
  const href = useHref()
  const { product } = event
  const none = t('common.none')
  const { role } = useMe()
  const tookMs = event.processing_time_ms
  // Milliseconds are for the operator.
  const took: [string, string][] =
    role === 'admin' ? [[t('events.detail.took'), tookMs === null ? none : duration(Math.max(1, tookMs))]] : []
  const shown = product?.deleted_at
    ? 'events.detail.productGone'
    : product?.is_active
      ? 'events.detail.productShown'
      : 'events.detail.productHidden'
  return (
    <Section
      title={t('events.detail.facts')}
      aside={
        <Anchor
          component={Link}
          href={href(`/events?store_id=${event.store.id}&woo_product_id=${event.woo_product_id}`)}
          size="sm"
        >
          {t('events.detail.history')}
        </Anchor>
      }
    >
      <Facts
        facts={[
          [
            t('events.detail.product'),
            product ? (
              <span key="product">
                <Anchor component={Link} href={href(`/products/${product.id}`)}>
                  <ShopText>{nameOf(product.name, event.woo_product_id)}</ShopText>
                </Anchor>{' '}
                ({t(shown)})
              </span>
            ) : (
              t('events.detail.productNone')
            ),
          ],
          [t('events.columns.type'), t(`events.types.${event.event_type}`)],
          [t('events.detail.store'), <bdi key="store">{event.store.name}</bdi>],
          [t('events.detail.source'), sourceName(t, event.source)],
          [t('events.detail.received'), exactTime(event.received_at)],
          [t('events.detail.processed'), event.processed_at ? exactTime(event.processed_at) : none],
          ...took,
          [t('events.detail.version'), <code key="version">{event.version}</code>],
          [t('events.detail.eventId'), <code key="id">{event.event_id}</code>],
          [t('events.detail.address'), <code key="address">{event.source_ip ?? none}</code>],
          [
            t('events.detail.sender'),
            <span key="sender" className="ltr">
              {event.user_agent || none}
            </span>,
          ],
        ]}
      />
    </Section>
  )
}

/** The payload of the shop, shown as data. */
function Payload({ payload }: { payload: unknown }) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  return (
    <Section
      title={t('events.detail.payload')}
      aside={
        <Button size="xs" variant="default" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
          {t(isOpen ? 'events.detail.payloadHide' : 'events.detail.payloadShow')}
        </Button>
      }
    >
      <Collapse expanded={isOpen}>
        {isOpen && (
          <Code block className={classes.payload} tabIndex={0} aria-label={t('events.detail.payload')}>
            {JSON.stringify(payload, null, 2)}
          </Code>
        )}
      </Collapse>
    </Section>
  )
}
