import { Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'

/**
 * The title of a step. The button that led here is gone with the step before, and with it the focus: it comes here. The heading of
 * the page had it when the address changed with the step.
 */
export function StepTitle({ children }: { children: ReactNode }) {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    const { activeElement, body } = document
    if (activeElement === body || activeElement?.tagName === 'H1') title.current?.focus()
  }, [])
  return (
    <Title order={2} size="h3" ref={title} tabIndex={-1}>
      {children}
    </Title>
  )
}
