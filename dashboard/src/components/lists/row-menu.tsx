import { IconDots } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { ActionMenu, type MenuEntry } from '../action-menu.tsx'

/** The actions of one row. `name` names the row for screen readers. */
export function RowMenu({ name, entries }: { name: string; entries: MenuEntry[] }) {
  const { t } = useTranslation()
  return <ActionMenu name={t('common.actionsOf', { name })} icon={<IconDots size={18} />} entries={entries} />
}
