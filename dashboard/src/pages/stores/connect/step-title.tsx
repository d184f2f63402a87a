import { Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'

/** The title of a step. The button that led here is gone with the step before, and with it the focus: it comes here. */
export function StepTitle({ children }: { children: ReactNode }) {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (document.activeElement === document.body) title.current?.focus()
  }, [])
  return (
    <Title order={2} size="h3" ref={title} tabIndex={-1}>
      {children}
    </Title>
  )
}
