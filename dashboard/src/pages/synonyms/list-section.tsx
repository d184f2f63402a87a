import { Group, Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import classes from './synonyms.module.css'

interface Props {
  title: string
  hint: string
  /** The button that adds to the list. */
  action: ReactNode
  children: ReactNode
}

/** A list with a heading and an action of its own, on a page with several lists. */
export function ListSection({ title, hint, action, children }: Props) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <Group justify="space-between" align="flex-end" gap="sm" mb="sm">
        <div className={classes.heading}>
          <Title order={2} size="h4" id={id}>
            {title}
          </Title>
          <Text size="sm" c="dimmed" maw="44rem">
            {hint}
          </Text>
        </div>
        {action}
      </Group>
      {children}
    </section>
  )
}
