import { Stack, Text, ThemeIcon } from '@mantine/core'
import type { IconKey } from '@tabler/icons-react'
import type { ReactNode } from 'react'

interface Props {
  icon: typeof IconKey
  title?: string
  text: string
  /** The next step for the user. */
  children?: ReactNode
}

/** Nothing is here, and what to do about it. */
export function EmptyState({ icon: Icon, title, text, children }: Props) {
  return (
    <Stack align="center" gap="sm" py={56} px="md" ta="center">
      <ThemeIcon size={56} radius="xl" variant="light">
        <Icon size={28} stroke={1.5} aria-hidden />
      </ThemeIcon>
      {title && (
        <Text fw={640} size="lg">
          {title}
        </Text>
      )}
      <Text c="dimmed" maw="28rem">
        {text}
      </Text>
      {children}
    </Stack>
  )
}
