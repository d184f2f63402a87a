import { Anchor, Button, Text } from '@mantine/core'
import { IconArrowUp, IconPinned, IconPlus, IconTrash } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type SearchRule, useDeleteRule, useMoveRule, useRules } from '../../api/search-rules.ts'
import { StateBadge } from '../../components/badge.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { RowMenu } from '../../components/lists/row-menu.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { say } from '../../components/text/say.tsx'
import { ShopText } from '../../components/text/shop-text.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { WithThumbnail } from '../../components/thumbnail.tsx'
import { useFormats } from '../../format.ts'
import { useHref, useScope } from '../../layout/scope.ts'
import { ListSection } from './list-section.tsx'

const RuleDialog = lazy(() => import('./rule-dialog.tsx'))

/** The pins and hides, with all that can be done with them. */
export function RulePanel() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const href = useHref()
  const { numeral } = useFormats()
  const nameOf = useProductName()
  const list = useRules({ ...scope, limit: 20 })
  const move = useMoveRule()
  const [dialog, setDialog] = useState<SearchRule | 'add' | null>(null)
  const close = () => setDialog(null)
  const columns: Column<SearchRule>[] = [
    {
      key: 'product',
      header: t('rules.product'),
      isTitle: true,
      cell: ({ product, store }) => (
        <WithThumbnail image={product.image}>
          <Anchor component={Link} href={href(`/products/${product.id}`)} c="var(--mantine-color-text)">
            <ShopText>{nameOf(product.name, product.external_id)}</ShopText>
          </Anchor>
          <Text size="xs" c="dimmed">
            <bdi>{store.name}</bdi>
          </Text>
        </WithThumbnail>
      ),
    },
    {
      key: 'rule',
      header: t('rules.rule'),
      cell: ({ kind, position }) =>
        kind === 'pin' ? t('rules.pinnedAt', { place: numeral(position ?? 1) }) : t('rules.hidden'),
    },
    {
      key: 'query',
      header: t('rules.query'),
      cell: ({ query }) =>
        query === null ? (
          t('rules.everySearch')
        ) : (
          <Anchor component={Link} href={href(`/search?q=${encodeURIComponent(query)}`)}>
            <bdi>{query}</bdi>
          </Anchor>
        ),
    },
    {
      key: 'state',
      header: t('rules.state'),
      cell: ({ product }) =>
        product.is_active ? (
          <StateBadge tone={product.in_stock ? 'good' : 'neutral'}>
            {t(product.in_stock ? 'rules.states.shown' : 'rules.states.soldOut')}
          </StateBadge>
        ) : (
          <StateBadge tone="warning">{t('rules.states.notShown')}</StateBadge>
        ),
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('common.actions')}</span>,
      isEnd: true,
      cell: (rule) => (
        <RowMenu
          name={nameOf(rule.product.name, rule.product.external_id)}
          entries={[
            rule.position !== null &&
              rule.position > 1 && {
                label: t('rules.moveUp'),
                icon: IconArrowUp,
                onClick: () => move.mutate({ id: rule.id, position: (rule.position ?? 2) - 1 }),
              },
            {
              label: t(rule.kind === 'pin' ? 'rules.unpin' : 'rules.show'),
              icon: IconTrash,
              isDanger: true,
              onClick: () => setDialog(rule),
            },
          ]}
        />
      ),
    },
  ]
  return (
    <ListSection
      title={t('rules.title')}
      hint={t('rules.hint')}
      action={
        <Button leftSection={<IconPlus size={18} />} onClick={() => setDialog('add')}>
          {t('rules.add')}
        </Button>
      }
    >
      {move.error && <ErrorNotice error={move.error} />}
      <ListTable
        label={t('rules.title')}
        list={list}
        columns={columns}
        rowKey={(rule) => rule.id}
        empty={<EmptyState icon={IconPinned} title={t('rules.empty.title')} text={t('rules.empty.text')} />}
      />
      {dialog === 'add' && (
        <Suspense>
          <RuleDialog scope={scope} onClose={close} />
        </Suspense>
      )}
      {dialog !== null && dialog !== 'add' && <DeleteDialog rule={dialog} onClose={close} />}
    </ListSection>
  )
}

function DeleteDialog({ rule, onClose }: { rule: SearchRule; onClose: () => void }) {
  const { t } = useTranslation()
  const nameOf = useProductName()
  const remove = useDeleteRule()
  const name = nameOf(rule.product.name, rule.product.external_id)
  const done = () => {
    say(t('rules.deleted'))
    onClose()
  }
  return (
    <ConfirmDialog
      title={t(rule.kind === 'pin' ? 'rules.unpin' : 'rules.show')}
      button={t(rule.kind === 'pin' ? 'rules.unpin' : 'rules.show')}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(rule.id, { onSuccess: done })}
      onClose={onClose}
    >
      {t(rule.kind === 'pin' ? 'rules.unpinText' : 'rules.showText', { name })}
    </ConfirmDialog>
  )
}
