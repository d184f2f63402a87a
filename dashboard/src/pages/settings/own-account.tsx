import { Button, Group, PasswordInput, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { SESSION_KEY } from '../../api/query-client.ts'
import { useChangePassword, useMe } from '../../api/session.ts'
import { ErrorNotice } from '../../components/error-notice.tsx'
import { say } from '../../components/say.tsx'
import { EraseDialog } from '../users/user-dialogs.tsx'
import { Section } from './section.tsx'

export function ChangePassword() {
  const { t } = useTranslation()
  const me = useMe()
  const change = useChangePassword()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const given = new FormData(form)
    change.mutate(
      { currentPassword: String(given.get('current')), newPassword: String(given.get('new')) },
      {
        onSuccess: () => {
          say(t('settings.account.done'))
          form.reset()
        },
      },
    )
  }
  const isWrong = change.error instanceof ApiProblem && change.error.code === 'INVALID_PASSWORD'
  return (
    <Section title={t('settings.account.title')}>
      <Text>
        <bdi>{me.email}</bdi> · {t(`shell.${me.role}`)}
      </Text>
      <form onSubmit={submit}>
        {/* For password managers, which want to know whose it is. */}
        <input type="hidden" name="username" autoComplete="username" value={me.email ?? ''} readOnly />
        <Group align="flex-start">
          <PasswordInput
            w={{ base: '100%', sm: 280 }}
            name="current"
            label={t('settings.account.current')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            error={isWrong ? t('settings.account.wrong') : undefined}
          />
          <PasswordInput
            w={{ base: '100%', sm: 280 }}
            name="new"
            label={t('settings.account.new')}
            description={t('settings.account.newHint')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            autoComplete="new-password"
            required
            withAsterisk={false}
            minLength={10}
            maxLength={200}
          />
          <Button type="submit" mt={{ base: 0, sm: 25 }} loading={change.isPending}>
            {t('settings.account.button')}
          </Button>
        </Group>
      </form>
      {change.error && !isWrong && <ErrorNotice error={change.error} />}
    </Section>
  )
}

/** What the law gives everybody: a copy of it all, and its end. An admin's tenant cannot be erased before they are an owner. */
export function OwnData() {
  const { t } = useTranslation()
  const me = useMe()
  const client = useQueryClient()
  const [isErasing, setErasing] = useState(false)
  if (me.tenant_id === null || me.email === null) return null
  return (
    <Section title={t('settings.data.title')} text={t('settings.data.text')}>
      <Group justify="space-between">
        <Button
          component="a"
          href={`/api/v1/tenants/${me.tenant_id}/export/`}
          download
          variant="default"
          leftSection={<IconDownload size={18} />}
        >
          {t('settings.data.download')}
        </Button>
        {me.role === 'owner' && (
          <Button variant="outline" color="red.8" c="var(--mantine-color-error)" onClick={() => setErasing(true)}>
            {t('settings.data.erase')}
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
