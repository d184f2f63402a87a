import { Anchor, Button, Card, Group, Stack, Text } from '@mantine/core'
import { IconMoodCheck, IconRefresh } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'wouter'
import {
  type Change,
  type DeadLetterGroup,
  type Filter,
  type Selection,
  useDeadLetterGroups,
} from '../../api/dead-letters.ts'
import { StateBadge } from '../../components/badge.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { pictureAddress } from '../../components/picture-address.ts'
import { ShopText } from '../../components/text/shop-text.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { Thumbnail } from '../../components/thumbnail.tsx'
import { useFormats } from '../../format.ts'
import { ChangeDialog } from './change-dialog.tsx'
import classes from './dead-letters.module.css'

interface Props {
  query: Filter
  isDismissed: boolean
}

/** One card for each cause: what happened, to how many products, since when, and what can be done. */
export function GroupList({ query, isDismissed }: Props) {
  const { t } = useTranslation()
  const groups = useDeadLetterGroups(query)
  const [asked, setAsked] = useState<{ change: Change; selection: Selection } | null>(null)
  return (
    <Answered query={groups}>
      {({ results, total, total_exact: isExact }) =>
        results.length === 0 ? (
          <Card>
            <EmptyState icon={IconMoodCheck} title={t('deadLetters.empty.title')} text={t('deadLetters.empty.text')} />
          </Card>
        ) : (
          <Stack gap="sm">
            <Group justify="space-between">
              <Text c="dimmed" size="sm" role="status">
                {t(isExact ? 'deadLetters.total' : 'deadLetters.totalAtLeast', { count: total })}{' '}
                {t('deadLetters.causes', { count: results.length })}
              </Text>
              <Button
                size="sm"
                leftSection={<IconRefresh size={17} />}
                onClick={() => setAsked({ change: 'replay', selection: query })}
              >
                {t('deadLetters.replayAll')}
              </Button>
            </Group>
            <ol className={classes.groups}>
              {results.map((group) => (
                <li key={`${group.kind} ${group.group}`}>
                  <GroupCard
                    group={group}
                    isDismissed={isDismissed}
                    onChange={(change) => setAsked({ change, selection: { ...query, group: group.group } })}
                  />
                </li>
              ))}
            </ol>
            {asked && <ChangeDialog {...asked} onClose={() => setAsked(null)} />}
          </Stack>
        )
      }
    </Answered>
  )
}

interface CardProps {
  group: DeadLetterGroup
  isDismissed: boolean
  onChange: (change: Change) => void
}

function GroupCard({ group, isDismissed, onChange }: CardProps) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const nameOf = useProductName()
  const [search] = useSearchParams()
  const into = new URLSearchParams(search)
  into.set('group', group.group)
  const names = [...new Set(group.newest.map((one) => nameOf(one.product?.name || one.product_name, one.external_id)))]
  const others = group.products - names.length
  const pictures = group.newest.filter(({ product }) => pictureAddress(product?.image) !== null)
  return (
    <Card padding="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div className={classes.cause}>
          <Group gap="xs" mb={4}>
            <StateBadge tone={isDismissed ? 'neutral' : 'bad'}>{t(`deadLetters.kinds.${group.kind}`)}</StateBadge>
            <Text size="sm" c="dimmed">
              {t('deadLetters.counted', { count: group.count })}
            </Text>
          </Group>
          <Anchor
            component={Link}
            href={`/dead-letters?${into}`}
            fw={600}
            c="var(--mantine-color-text)"
            lineClamp={3}
            dir="auto"
          >
            {group.reason}
          </Anchor>
          <Group gap={6} mt={6}>
            {pictures.map(({ id, product }) => (
              <Thumbnail key={id} image={product?.image} />
            ))}
          </Group>
          <Text size="sm" mt={4}>
            <ShopText>{names.join(t('common.comma'))}</ShopText>
            {others > 0 && ` ${t('deadLetters.more', { count: others })}`}
            {group.stores > 1 && (
              <Text span c="dimmed">{` · ${t('deadLetters.inStores', { count: group.stores })}`}</Text>
            )}
          </Text>
          <Text size="xs" c="dimmed" mt={4}>
            {t('deadLetters.first')} <When at={group.first_failed_at} /> · {t('deadLetters.last')}{' '}
            <When at={group.last_failed_at} />
          </Text>
        </div>
        <Group gap="xs">
          <Button size="xs" variant="light" onClick={() => onChange('replay')}>
            {t('deadLetters.replay')}
            <span className="visually-hidden">
              : {number(group.count)} – {group.reason}
            </span>
          </Button>
          <Button size="xs" variant="default" onClick={() => onChange(isDismissed ? 'restore' : 'dismiss')}>
            {t(isDismissed ? 'deadLetters.restore' : 'deadLetters.dismiss')}
            <span className="visually-hidden">: {group.reason}</span>
          </Button>
        </Group>
      </Group>
    </Card>
  )
}
