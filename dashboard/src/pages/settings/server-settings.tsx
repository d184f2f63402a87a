import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useSettings } from '../../api/operation.ts'
import type { Setting } from '../../api/server-settings.ts'
import { Facts } from '../../components/facts.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { Section } from '../../components/section.tsx'
import type { Words } from '../../languages/fa.ts'

/** What the server does without a secret that need not be set. */
const WITHOUT: Record<string, `settings.server.without.${keyof Words['settings']['server']['without']}`> = {
  SESSION_SECRET: 'settings.server.without.sessionSecret',
  DATABASE_URL: 'settings.server.without.databaseUrl',
  ADMIN_API_KEY: 'settings.server.without.adminApiKey',
}

/** The settings that the server reads at its start. */
export function ServerSettings() {
  const { t } = useTranslation()
  const settings = useSettings()
  return (
    <Section title={t('settings.server.title')} hint={t('settings.server.text')}>
      <Answered query={settings}>
        {(found) => (
          <Facts
            ofSettings
            facts={found
              .filter((setting) => setting.needs_restart)
              .map((setting) => [setting.name, <SettingValue key={setting.name} setting={setting} />])}
          />
        )}
      </Answered>
    </Section>
  )
}

function SettingValue({ setting }: { setting: Setting }) {
  const { name, value, is_secret: isSecret } = setting
  const { t } = useTranslation()
  const quiet = (text: string) => (
    <Text size="sm" c="dimmed">
      {text}
    </Text>
  )
  if (isSecret) {
    if (value) return quiet(t('settings.server.secretSet'))
    return quiet(t(WITHOUT[name] ?? 'settings.server.secretUnset'))
  }
  if (setting.overridden_by !== null)
    return (
      <span>
        {value !== null && <code>{String(value)}</code>}{' '}
        {quiet(t('settings.server.overridden', { by: setting.overridden_by }))}
      </span>
    )
  if (value === null)
    return quiet(t(name === 'EVENT_RETENTION_DAYS' ? 'settings.server.forever' : 'settings.server.unset'))
  if (typeof value === 'boolean') return <code>{value ? 'on' : 'off'}</code>
  return <code>{value}</code>
}
