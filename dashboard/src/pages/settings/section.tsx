import { Card, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** One subject of the settings. */
export function Section({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <Card component="section">
      <Title order={2} size="h4">
        {title}
      </Title>
      {text && (
        <Text size="sm" c="dimmed" maw="48rem">
          {text}
        </Text>
      )}
      <Stack mt="md">{children}</Stack>
    </Card>
  )
}
