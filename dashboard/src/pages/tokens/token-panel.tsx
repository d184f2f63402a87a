import { Text } from '@mantine/core'
import { IconKey, IconRefresh, IconShieldCheck, IconTrash } from '@tabler/icons-react'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type MadeToken, type Token, useTokens } from '../../api/tokens.ts'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { RowMenu } from '../../components/lists/row-menu.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { When } from '../../components/text/when.tsx'
import { ShownTokenDialog } from './shown-token-dialog.tsx'
import { ConfirmSiteDialog, RevokeDialog, RotateDialog } from './token-dialogs.tsx'
import { isUsable, TokenState } from './token-state.tsx'

interface Props {
  filter: { user_id?: string; store_id?: number }
  isMaking: boolean
  onMakingEnd: () => void
  /** Id of a token whose new site waits for confirmation, from the link in the shop's error message. */
  confirmSiteOf?: number
  emptyAction: ReactNode
}

const MakeTokenDialog = lazy(async () => ({ default: (await import('./make-token-dialog.tsx')).MakeTokenDialog }))

/** The tokens of a tenant or of one store, with all that can be done with them; making one is begun by the page around it. */
export function TokenPanel({ filter, isMaking, onMakingEnd, confirmSiteOf, emptyAction }: Props) {
  const { t } = useTranslation()
  const list = useTokens({ ...filter })
  const [dialog, setDialog] = useState<{ kind: 'rotate' | 'revoke' | 'site'; token: Token } | null>(null)
  const [made, setMade] = useState<MadeToken | null>(null)
  const [isAsked, setAsked] = useState(true)
  const asked =
    isAsked && list.data?.results.find((token) => token.id === confirmSiteOf && token.site_waits && isUsable(token))
  const close = () => {
    setDialog(null)
    onMakingEnd()
  }
  const show = (token: MadeToken) => {
    close()
    setMade(token)
  }
  const store: Column<Token> = {
    key: 'store',
    header: t('common.store'),
    cell: (token) => <bdi>{token.store?.name ?? t('tokens.create.allStores')}</bdi>,
  }
  const columns: Column<Token>[] = [
    {
      key: 'name',
      header: t('common.name'),
      isTitle: true,
      cell: (token) => (
        <div>
          <bdi>{token.name}</bdi>
          <Text component="code" display="block" size="xs" c="dimmed" className="on-one-line">
            {token.token_preview}
          </Text>
        </div>
      ),
    },
    {
      key: 'kind',
      header: t('tokens.kind'),
      cell: (token) => t(`tokens.kinds.${token.integration_type}`),
    },
    ...(filter.store_id === undefined ? [store] : []),
    { key: 'state', header: t('tokens.state'), cell: (token) => <TokenState token={token} /> },
    {
      key: 'used',
      header: t('tokens.used'),
      cell: (token) => (
        <div>
          <When at={token.last_used_at} />
          {token.usage_count > 0 && (
            <Text size="xs" c="dimmed">
              {t('tokens.uses', { count: token.usage_count })}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'addresses',
      header: t('tokens.addresses'),
      cell: (token) =>
        token.allowed_ips.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t('tokens.addressesAny')}
          </Text>
        ) : (
          <span className="ltr">{token.allowed_ips.join(', ')}</span>
        ),
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('common.actions')}</span>,
      isEnd: true,
      cell: (token) => isUsable(token) && <TokenMenu token={token} onChoose={(kind) => setDialog({ kind, token })} />,
    },
  ]
  return (
    <>
      <ListTable
        label={t('shell.pages.tokens')}
        list={list}
        columns={columns}
        rowKey={(token) => token.id}
        empty={
          <EmptyState icon={IconKey} title={t('tokens.empty.title')} text={t('tokens.empty.text')}>
            {emptyAction}
          </EmptyState>
        }
      />
      {isMaking && (
        <Suspense>
          <MakeTokenDialog userId={filter.user_id} storeId={filter.store_id} onMade={show} onClose={close} />
        </Suspense>
      )}
      {dialog?.kind === 'rotate' && <RotateDialog token={dialog.token} onMade={show} onClose={close} />}
      {dialog?.kind === 'revoke' && <RevokeDialog token={dialog.token} onClose={close} />}
      {dialog?.kind === 'site' && <ConfirmSiteDialog token={dialog.token} onClose={close} />}
      {asked && !dialog && <ConfirmSiteDialog token={asked} onClose={() => setAsked(false)} />}
      {made && <ShownTokenDialog token={made} onClose={() => setMade(null)} />}
    </>
  )
}

function TokenMenu({ token, onChoose }: { token: Token; onChoose: (kind: 'rotate' | 'revoke' | 'site') => void }) {
  const { t } = useTranslation()
  return (
    <RowMenu
      name={token.name}
      entries={[
        token.site_waits && {
          label: t('tokens.confirmSite'),
          icon: IconShieldCheck,
          onClick: () => onChoose('site'),
        },
        token.replaced_by === null && {
          label: t('tokens.rotate'),
          icon: IconRefresh,
          onClick: () => onChoose('rotate'),
        },
        { label: t('tokens.revoke'), icon: IconTrash, isDanger: true, onClick: () => onChoose('revoke') },
      ]}
    />
  )
}
