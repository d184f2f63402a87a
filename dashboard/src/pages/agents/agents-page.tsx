import { Card, Stack, Text } from '@mantine/core'
import { IconPlugConnected, IconPlugConnectedX } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Agent, useAgents, useRevokeAgent } from '../../api/agents.ts'
import { CopyField } from '../../components/copy-field.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { RowMenu } from '../../components/lists/row-menu.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { say } from '../../components/text/say.tsx'
import { When } from '../../components/text/when.tsx'
import { useScope } from '../../layout/scope.ts'
import './words.ts'

/** Agents that the owner allowed on the consent page, and the address with which another one is connected. */
export default function AgentsPage() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const list = useAgents({ ...scope })
  const [ending, setEnding] = useState<Agent | null>(null)
  const nameOf = ({ client }: Agent) => client.name || t('agents.unnamed')
  const columns: Column<Agent>[] = [
    {
      key: 'client',
      header: t('agents.client'),
      isTitle: true,
      cell: (agent) => (
        <div>
          <bdi>{nameOf(agent)}</bdi>
          <Text component="code" display="block" size="xs" c="dimmed">
            {agent.client.host}
          </Text>
        </div>
      ),
    },
    {
      key: 'store',
      header: t('agents.shops'),
      cell: ({ store, environment }) =>
        store ? <bdi>{store.name}</bdi> : t(environment === 'live' ? 'agents.allLive' : 'agents.allTest'),
    },
    { key: 'user', header: t('common.user'), cell: ({ user }) => <span className="ltr">{user.email}</span> },
    { key: 'since', header: t('agents.since'), cell: ({ created_at: at }) => <When at={at} /> },
    {
      key: 'used',
      header: t('agents.used'),
      cell: ({ last_used_at: at, usage_count: count }) => (
        <div>
          <When at={at} />
          {count > 0 && (
            <Text size="xs" c="dimmed">
              {t('agents.uses', { count })}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('common.actions')}</span>,
      isEnd: true,
      cell: (agent) => (
        <RowMenu
          name={nameOf(agent)}
          entries={[
            {
              label: t('agents.revoke'),
              icon: IconPlugConnectedX,
              isDanger: true,
              onClick: () => setEnding(agent),
            },
          ]}
        />
      ),
    },
  ]
  return (
    <>
      <PageHeader title={t('shell.pages.agents')} lead={t('agents.lead')} />
      <Stack gap="lg">
        <Card>
          <CopyField label={t('agents.address')} value={`${window.location.origin}/mcp`} />
          <Text size="sm" c="dimmed" mt="xs">
            {t('agents.addressHint')}
          </Text>
        </Card>
        <ListTable
          label={t('shell.pages.agents')}
          list={list}
          columns={columns}
          rowKey={(agent) => agent.id}
          empty={<EmptyState icon={IconPlugConnected} title={t('agents.empty.title')} text={t('agents.empty.text')} />}
        />
      </Stack>
      {ending && <RevokeDialog agent={ending} name={nameOf(ending)} onClose={() => setEnding(null)} />}
    </>
  )
}

function RevokeDialog({ agent, name, onClose }: { agent: Agent; name: string; onClose: () => void }) {
  const { t } = useTranslation()
  const revoke = useRevokeAgent()
  const done = () => {
    say(t('agents.revokeDialog.done'))
    onClose()
  }
  return (
    <ConfirmDialog
      title={t('agents.revokeDialog.title', { name })}
      button={t('agents.revoke')}
      isDangerous
      isPending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(agent.id, { onSuccess: done })}
      onClose={onClose}
    >
      {t('agents.revokeDialog.text')}
    </ConfirmDialog>
  )
}
