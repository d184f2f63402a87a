import { ActionIcon, type ActionIconProps } from '@mantine/core'
import type { Icon } from '@tabler/icons-react'
import { lazy, type ReactNode, Suspense, useState } from 'react'

/** The first menu that is opened loads it: 35 KB (gzip) that no page needs at first. */
const load = () => import('./opened-menu.tsx')
const OpenedMenu = lazy(load)

export interface MenuItem {
  label: string
  icon: Icon
  /** Called by a click. An item has this or `href`. */
  onClick?: () => void
  /** The address of a page of the dashboard; with `opens`, of a file or a page of the server. */
  href?: string
  opens?: 'new_tab' | 'file'
  isDanger?: boolean
  /** Marks the chosen item among several; undefined: the items are no choice. */
  isChosen?: boolean
}

/** `heading`: text that cannot be chosen. `false`: nothing, so that an item can depend on a condition. */
export type MenuEntry = MenuItem | 'line' | { heading: ReactNode } | false

interface Props extends Pick<ActionIconProps, 'size'> {
  /** Of the button, for screen readers. */
  name: string
  /** Of the button. */
  icon: ReactNode
  entries: MenuEntry[]
}

/** A button with a menu. */
export function ActionMenu({ name, icon, size, entries }: Props) {
  const [isWanted, setIsWanted] = useState(false)
  const button = (
    <ActionIcon
      variant="subtle"
      color="gray"
      c="var(--mantine-color-text)"
      {...(size !== undefined && { size })}
      aria-label={name}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={load}
      onFocus={load}
      onClick={() => setIsWanted(true)}
    >
      {icon}
    </ActionIcon>
  )
  if (!isWanted) return button
  return (
    <Suspense fallback={button}>
      <OpenedMenu button={button} entries={entries} />
    </Suspense>
  )
}
