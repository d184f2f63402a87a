import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconUsers } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'wouter'
import { useUsers } from '../api/users.ts'
import { useScope } from './scope.ts'

const ALL = 'all'
const EMAIL = /^[^\s@]+@[^\s@]+\.[A-Za-z]{2,}$/

/** The tenants to choose from, opened at once: the newest 200; any other is found by its whole e-mail address. */
export default function TenantSearch() {
  const { t } = useTranslation()
  const { userId } = useScope()
  const [, setSearch] = useSearchParams()
  const [typed, setTyped] = useState('')
  const [asked] = useDebouncedValue(typed, 300)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    // After the list has put the name of the present choice into the field.
    const frame = requestAnimationFrame(() => {
      field.current?.focus()
      field.current?.select()
    })
    return () => cancelAnimationFrame(frame)
  }, [])
  const newest = useUsers({ limit: 200 })
  const found = useUsers(EMAIL.test(asked) ? { email: asked } : { limit: 200 })
  const users = new Map(
    [...(newest.data?.results ?? []), ...(found.data?.results ?? [])].map((user) => [user.id, user]),
  )
  const options = [...users.values()].map((user) => ({ value: user.id, label: user.email }))
  if (userId && !users.has(userId)) options.push({ value: userId, label: userId })

  return (
    <Select
      ref={field}
      aria-label={t('shell.tenant.label')}
      data={[{ value: ALL, label: t('shell.tenant.all') }, ...options]}
      value={userId ?? ALL}
      searchable
      allowDeselect={false}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={t('shell.tenant.none')}
      leftSection={<IconUsers size={17} stroke={1.7} />}
      flex={1}
      miw={0}
      maw={260}
      onChange={(value) =>
        setSearch((search) => {
          const next = new URLSearchParams(search)
          if (value && value !== ALL) next.set('user_id', value)
          else next.delete('user_id')
          return next
        })
      }
    />
  )
}
