import { ActionIcon, type ActionIconProps } from '@mantine/core'
import type { Icon } from '@tabler/icons-react'
import { lazy, type ReactNode, Suspense, useState } from 'react'

/** Loaded with the first menu that is opened: 25 KB that no page shows at first. */
const load = () => import('./opened-menu.tsx')
const OpenedMenu = lazy(load)

export interface MenuItem {
  label: string
  icon: Icon
  /** What a click does; or `href`. */
  onClick?: () => void
  /** A page of the dashboard; with `opens` an address of the server outside of it. */
  href?: string
  opens?: 'new_tab' | 'file'
  isDanger?: boolean
  /** Of items of which one is chosen. */
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
