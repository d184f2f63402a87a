import { Group } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Token } from '../../api/tokens.ts'
import { StateBadge } from '../../components/badge.tsx'
import { useFormats } from '../../format.ts'

export function isUsable(token: Token): boolean {
  return token.is_active && !hasExpired(token)
}

function hasExpired(token: Token): boolean {
  return token.expires_at !== null && new Date(token.expires_at).getTime() <= Date.now()
}

/** The state of a token: active until a time, expired or revoked, or waiting for a confirmation. */
export function TokenState({ token }: { token: Token }) {
  const { t } = useTranslation()
  const { relative } = useFormats()
  if (!token.is_active) return <StateBadge tone="neutral">{t('tokens.states.revoked')}</StateBadge>
  if (hasExpired(token)) return <StateBadge tone="neutral">{t('tokens.states.expired')}</StateBadge>
  return (
    <Group gap={6}>
      {token.site_waits && <StateBadge tone="warning">{t('tokens.states.siteWaits')}</StateBadge>}
      {token.replaced_by !== null && <StateBadge tone="info">{t('tokens.states.replaced')}</StateBadge>}
      {token.expires_at ? (
        <StateBadge tone="warning">{t('tokens.states.expiring', { when: relative(token.expires_at) })}</StateBadge>
      ) : (
        token.replaced_by === null && <StateBadge tone="good">{t('tokens.states.active')}</StateBadge>
      )}
      {token.environment === 'test' && <StateBadge tone="neutral">{t('common.test')}</StateBadge>}
    </Group>
  )
}
