import { Anchor, Text } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type ReplayItem, useReplayItems } from '../../api/dead-letters.ts'
import { BackLink } from '../../components/back-link.tsx'
import { StateBadge } from '../../components/badge.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { ShopText } from '../../components/text/shop-text.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { WithThumbnail } from '../../components/thumbnail.tsx'
import { useHref } from '../../layout/scope.ts'
import classes from './dead-letters.module.css'
import { OUTCOME_TONES } from './replays.tsx'

/** Each dead letter of one replay: whether it was applied, or failed again and why. */
export default function ReplayDetail({ id }: { id: string }) {
  const { t } = useTranslation()
  const href = useHref()
  const nameOf = useProductName()
  const list = useReplayItems(id)
  const columns: Column<ReplayItem>[] = [
    {
      key: 'product',
      header: t('deadLetters.columns.product'),
      isTitle: true,
      cell: (item) => {
        const name = <ShopText>{nameOf(item.product?.name, item.external_id ?? item.id)}</ShopText>
        const to = item.kind === 'event' ? `/events/${item.id}` : `/products/${item.product?.id}`
        return (
          <WithThumbnail image={item.product?.image}>
            {item.outcome === 'gone' || (item.kind === 'embedding' && item.product === null) ? (
              name
            ) : (
              <Anchor component={Link} href={href(to)} fw={600} c="var(--mantine-color-text)">
                {name}
              </Anchor>
            )}
            <Text size="xs" c="dimmed">
              <bdi>{item.store.name}</bdi>
            </Text>
          </WithThumbnail>
        )
      },
    },
    { key: 'kind', header: t('deadLetters.columns.kind'), cell: (item) => t(`deadLetters.kinds.${item.kind}`) },
    {
      key: 'outcome',
      header: t('deadLetters.replays.outcome'),
      cell: (item) => (
        <div className={classes.why}>
          <StateBadge tone={OUTCOME_TONES[item.outcome]}>
            {t(`deadLetters.replays.outcomes.${item.outcome}`)}
          </StateBadge>
          {item.reason && (
            <Text size="xs" c="dimmed" dir="auto">
              {item.reason}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'ended',
      header: t('deadLetters.replays.ended'),
      cell: (item) => (item.ended_at ? <When at={item.ended_at} /> : t('common.none')),
    },
  ]
  return (
    <>
      <BackLink to="/dead-letters">{t('shell.pages.deadLetters')}</BackLink>
      <PageHeader title={t('deadLetters.replays.one')} lead={t('deadLetters.replays.hint')} />
      <ListTable
        label={t('deadLetters.replays.one')}
        list={list}
        columns={columns}
        rowKey={(item) => `${item.kind} ${item.id}`}
        empty={<EmptyState icon={IconRefresh} text={t('deadLetters.replays.none')} />}
      />
    </>
  )
}
