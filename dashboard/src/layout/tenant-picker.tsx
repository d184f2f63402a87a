import { InputBase, Text } from '@mantine/core'
import { IconChevronDown, IconUsers } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useUsers } from '../api/users.ts'
import { useScope } from './scope.ts'

/** The opened picker loads it: a list with a search field is 35 KB (gzip) that no page needs at first. */
const load = () => import('./tenant-search.tsx')
const TenantSearch = lazy(load)

/** An admin looks at one tenant or at all. */
export function TenantPicker() {
  const { t } = useTranslation()
  const { userId } = useScope()
  const newest = useUsers({ limit: 200 }, { enabled: userId !== null })
  const [isOpen, setIsOpen] = useState(false)
  const email = newest.data?.results.find(({ id }) => id === userId)?.email
  const chosen = userId === null ? t('shell.tenant.all') : (email ?? userId)
  const button = (
    <InputBase
      component="button"
      type="button"
      pointer
      aria-label={`${t('shell.tenant.label')}: ${chosen}`}
      aria-haspopup="listbox"
      leftSection={<IconUsers size={17} stroke={1.7} />}
      rightSection={<IconChevronDown size={16} stroke={1.7} />}
      flex={1}
      miw={0}
      maw={260}
      onPointerEnter={load}
      onFocus={load}
      onClick={() => setIsOpen(true)}
    >
      <Text component="span" inherit truncate display="block" dir="auto">
        {chosen}
      </Text>
    </InputBase>
  )
  if (!isOpen) return button
  return (
    <Suspense fallback={button}>
      <TenantSearch />
    </Suspense>
  )
}
