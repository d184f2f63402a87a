import { Group, Paper, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './card-page.module.css'
import { AppearanceMenu, LanguageSwitch } from './menus.tsx'
import { Wordmark } from './wordmark.tsx'

interface Props {
  title: string
  lead?: string
  /** Below the card. */
  foot?: ReactNode
  children: ReactNode
}

/** A page outside the shell, with one card: the sign-in and the consent for an agent. */
export function CardPage({ title, lead, foot, children }: Props) {
  const { t } = useTranslation()
  useEffect(() => {
    document.title = `${title} · ${t('shell.product')}`
  }, [title, t])
  return (
    <div className={classes.page}>
      <Group justify="flex-end" p="md" gap={4}>
        <LanguageSwitch />
        <AppearanceMenu />
      </Group>
      <main className={classes.main}>
        <Stack align="center" gap={6} mb="xl">
          <Wordmark isLarge />
          {lead && (
            <Text c="dimmed" ta="center">
              {lead}
            </Text>
          )}
        </Stack>
        <Paper withBorder radius="lg" p={{ base: 'lg', sm: 'xl' }} shadow="sm" className={classes.card}>
          <Title order={1} size="h3" mb="md">
            {title}
          </Title>
          {children}
        </Paper>
        {foot && (
          <Text size="sm" c="dimmed" ta="center" mt="lg" component="div">
            {foot}
          </Text>
        )}
      </main>
    </div>
  )
}
