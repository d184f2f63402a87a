import { Button, Group, Text } from '@mantine/core'
import {
  IconDatabaseExport,
  IconEye,
  IconLink,
  IconPencil,
  IconPlus,
  IconShieldOff,
  IconTrash,
  IconUserCheck,
  IconUserOff,
  IconUsers,
} from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { csvAddress } from '../../api/lists.ts'
import { useMe } from '../../api/session.ts'
import { type User, useChangeUser, useUsers } from '../../api/users.ts'
import { StateBadge } from '../../components/badge.tsx'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { RowMenu } from '../../components/lists/row-menu.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { say } from '../../components/text/say.tsx'
import { When } from '../../components/text/when.tsx'
import {
  DeactivateDialog,
  EraseDialog,
  LinkDialog,
  type MadeLink,
  ResetTwoFactorDialog,
  ShownLinkDialog,
} from './user-dialogs.tsx'
import { EditUserDialog, MakeUserDialog } from './user-forms.tsx'
import './words.ts'

type Choice = 'edit' | 'link' | 'resetTwoFactor' | 'deactivate' | 'erase'

/** People, for admins. Their stores and products are seen by choosing them above. */
export default function UsersPage() {
  const { t } = useTranslation()
  const me = useMe()
  const list = useUsers({})
  const [isMaking, setMaking] = useState(false)
  const [dialog, setDialog] = useState<{ choice: Choice; user: User } | null>(null)
  const [link, setLink] = useState<MadeLink | null>(null)
  const makeButton = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setMaking(true)}>
      {t('users.make')}
    </Button>
  )
  const close = () => {
    setDialog(null)
    setMaking(false)
  }
  const showLink = (made: MadeLink) => {
    close()
    setLink(made)
  }
  const columns: Column<User>[] = [
    {
      key: 'email',
      header: t('users.email'),
      isTitle: true,
      cell: (user) => (
        <div>
          <bdi>{user.email}</bdi>
          {user.name && (
            <Text size="sm" c="dimmed">
              <bdi>{user.name}</bdi>
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'role',
      header: t('users.role'),
      cell: (user) => (
        <StateBadge tone={user.role === 'admin' ? 'info' : 'neutral'}>{t(`shell.${user.role}`)}</StateBadge>
      ),
    },
    {
      key: 'state',
      header: t('users.state'),
      cell: (user) => (
        <StateBadge tone={user.is_active ? 'good' : 'warning'}>
          {t(user.is_active ? 'users.active' : 'users.inactive')}
        </StateBadge>
      ),
    },
    {
      key: 'twoFactor',
      header: t('users.twoFactor'),
      cell: (user) => t(user.has_two_factor ? 'common.yes' : 'common.no'),
    },
    { key: 'created', header: t('common.created'), cell: (user) => <When at={user.created_at} /> },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('common.actions')}</span>,
      isEnd: true,
      cell: (user) => (
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {user.id === me.user_id && (
            <Text size="sm" c="dimmed">
              {t('users.you')}
            </Text>
          )}
          <UserMenu user={user} isMe={user.id === me.user_id} onChoose={(choice) => setDialog({ choice, user })} />
        </Group>
      ),
    },
  ]
  return (
    <>
      <PageHeader title={t('shell.pages.users')} lead={t('users.lead')}>
        <CsvButton address={csvAddress('/api/v1/users/')} />
        {makeButton}
      </PageHeader>
      <ListTable
        label={t('shell.pages.users')}
        list={list}
        columns={columns}
        rowKey={(user) => user.id}
        empty={
          <EmptyState icon={IconUsers} title={t('users.empty.title')} text={t('users.empty.text')}>
            {makeButton}
          </EmptyState>
        }
      />
      {isMaking && <MakeUserDialog onMade={showLink} onClose={close} />}
      {dialog?.choice === 'edit' && (
        <EditUserDialog user={dialog.user} isMe={dialog.user.id === me.user_id} onClose={close} />
      )}
      {dialog?.choice === 'link' && <LinkDialog user={dialog.user} onMade={showLink} onClose={close} />}
      {dialog?.choice === 'resetTwoFactor' && <ResetTwoFactorDialog user={dialog.user} onClose={close} />}
      {dialog?.choice === 'deactivate' && <DeactivateDialog user={dialog.user} onClose={close} />}
      {dialog?.choice === 'erase' && (
        <EraseDialog
          email={dialog.user.email}
          tenantId={dialog.user.tenant_id}
          onErased={() => {
            say(t('users.eraseDialog.done'))
            close()
          }}
          onClose={close}
        />
      )}
      {link && <ShownLinkDialog {...link} onClose={() => setLink(null)} />}
    </>
  )
}

function UserMenu({ user, isMe, onChoose }: { user: User; isMe: boolean; onChoose: (choice: Choice) => void }) {
  const { t } = useTranslation()
  const change = useChangeUser()
  return (
    <RowMenu
      name={user.email}
      entries={[
        { label: t('users.show'), icon: IconEye, href: `/?user_id=${user.id}` },
        { label: t('users.edit'), icon: IconPencil, onClick: () => onChoose('edit') },
        { label: t('users.makeLink'), icon: IconLink, onClick: () => onChoose('link') },
        user.has_two_factor && {
          label: t('users.resetTwoFactor'),
          icon: IconShieldOff,
          onClick: () => onChoose('resetTwoFactor'),
        },
        !isMe &&
          user.is_active && {
            label: t('users.deactivate'),
            icon: IconUserOff,
            onClick: () => onChoose('deactivate'),
          },
        !user.is_active && {
          label: t('users.activate'),
          icon: IconUserCheck,
          onClick: () =>
            change.mutate(
              { id: user.id, is_active: true },
              { onSuccess: () => say(t('users.deactivateDialog.activated')) },
            ),
        },
        'line',
        {
          label: t('users.exportData'),
          icon: IconDatabaseExport,
          href: `/api/v1/tenants/${user.tenant_id}/export/`,
          opens: 'file',
        },
        user.role === 'owner' && {
          label: t('users.erase'),
          icon: IconTrash,
          isDanger: true,
          onClick: () => onChoose('erase'),
        },
      ]}
    />
  )
}
