import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { AuditEntry } from '../../api/audit.ts'
import { useFormats } from '../../format.ts'
import type { Words } from '../../languages/fa.ts'

type Names = Words['audit']['details']
type Value = AuditEntry['detail'][string]

/** The details of an audit entry. Names that people chose, and keys without a translation, are shown unchanged. */
export function Details({ detail }: { detail: AuditEntry['detail'] }) {
  const { t } = useTranslation()
  const { numeral } = useFormats()
  const entries = Object.entries(detail)
  if (entries.length === 0) return t('common.none')
  const names = t('audit.details', { returnObjects: true }) as Names
  const nameOf = (code: string) => names[code as keyof Names] ?? code
  const told = (code: string, value: Value): ReactNode => {
    if (Array.isArray(value)) return value.map(nameOf).join(t('common.comma'))
    if (typeof value === 'number') return numeral(value)
    if (value === null) return t('common.none')
    if (code === 'source') return nameOf(value as string)
    if (typeof value === 'boolean') return t(value ? 'common.yes' : 'common.no')
    if (code === 'role') return t(`shell.${value as 'admin' | 'owner'}`)
    if (code === 'environment') return t(`common.${value as 'live' | 'test'}`)
    if (code === 'integration_type') return t(`tokens.kinds.${value as keyof Words['tokens']['kinds']}`)
    return code === 'token_preview' ? <code>{value}</code> : value
  }
  return (
    <Text size="xs" c="dimmed" maw="20rem">
      {entries.map(([code, value], place) => (
        <span key={code}>
          {place > 0 && ' · '}
          {nameOf(code)}: <bdi>{told(code, value)}</bdi>
        </span>
      ))}
    </Text>
  )
}
