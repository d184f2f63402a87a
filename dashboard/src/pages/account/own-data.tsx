import { Button, Group } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { SESSION_KEY } from '../../api/query-client.ts'
import { useMe } from '../../api/session.ts'
import { Section } from '../../components/section.tsx'
import { EraseDialog } from '../users/user-dialogs.tsx'

/** Export and erasure of the user's own data. An admin's tenant can be erased only after a change of the role to owner. */
export function OwnData() {
  const { t } = useTranslation()
  const me = useMe()
  const client = useQueryClient()
  const [isErasing, setErasing] = useState(false)
  if (me.tenant_id === null || me.email === null) return null
  return (
    <Section title={t('account.data.title')} hint={t('account.data.text')}>
      <Group justify="space-between">
        <Button
          component="a"
          href={`/api/v1/tenants/${me.tenant_id}/export/`}
          download
          variant="default"
          leftSection={<IconDownload size={18} />}
        >
          {t('account.data.download')}
        </Button>
        {me.role === 'owner' && (
          <Button variant="outline" color="red.8" c="var(--mantine-color-error)" onClick={() => setErasing(true)}>
            {t('account.data.erase')}
          </Button>
        )}
      </Group>
      {isErasing && (
        <EraseDialog
          email={me.email}
          tenantId={me.tenant_id}
          onErased={() => client.setQueryData(SESSION_KEY, null)}
          onClose={() => setErasing(false)}
        />
      )}
    </Section>
  )
}
