import { Anchor } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { Link } from 'wouter'
import { useHref } from '../layout/scope.ts'
import classes from './back-link.module.css'

/** The way from one thing to the list it is in. */
export function BackLink({ to, children }: { to: string; children: string }) {
  const href = useHref()
  return (
    <Anchor component={Link} href={href(to)} size="sm" mb="xs" className={classes.link}>
      <IconArrowLeft size={16} aria-hidden />
      {children}
    </Anchor>
  )
}
