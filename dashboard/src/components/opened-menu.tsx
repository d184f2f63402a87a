import { Menu } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { cloneElement, Fragment, type ReactElement, type Ref, useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { MenuEntry, MenuItem } from './action-menu.tsx'

interface Props {
  /** Stands for the button that was pressed; takes its focus. */
  button: ReactElement<{ ref?: Ref<HTMLButtonElement>; onClick?: undefined }>
  entries: MenuEntry[]
}

/** The menu of a button that was pressed once. It opens at once. */
export default function OpenedMenu({ button, entries }: Props) {
  const [isOpen, setIsOpen] = useState(false)
  const target = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    target.current?.focus({ preventScroll: true })
    setIsOpen(true)
  }, [])
  return (
    <Menu opened={isOpen} onChange={setIsOpen}>
      <Menu.Target>{cloneElement(button, { ref: target, onClick: undefined })}</Menu.Target>
      <Menu.Dropdown>
        {entries.map((entry, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an entry has no state.
          <Fragment key={index}>{show(entry)}</Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function show(entry: MenuEntry) {
  if (entry === false) return null
  if (entry === 'line') return <Menu.Divider />
  return 'heading' in entry ? entry.heading : <Item {...entry} />
}

function Item({ label, icon: Icon, onClick, href, opens, isDanger, isChosen }: MenuItem) {
  const look = {
    leftSection: <Icon size={17} stroke={1.7} />,
    ...(isDanger && { c: 'var(--mantine-color-error)' }),
    ...(isChosen !== undefined && {
      role: 'menuitemradio',
      'aria-checked': isChosen,
      rightSection: isChosen ? <IconCheck size={15} /> : null,
    }),
  }
  if (href === undefined)
    return (
      <Menu.Item {...look} onClick={onClick}>
        {label}
      </Menu.Item>
    )
  if (opens === undefined)
    return (
      <Menu.Item {...look} component={Link} href={href}>
        {label}
      </Menu.Item>
    )
  return (
    <Menu.Item
      {...look}
      component="a"
      href={href}
      {...(opens === 'file' ? { download: true } : { target: '_blank', rel: 'noopener' })}
    >
      {label}
    </Menu.Item>
  )
}
