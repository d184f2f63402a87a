import { Alert, Button, Stack, Text } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

/** Catches what a page throws (also a file of it that a newer version has replaced), so that the rest stays usable. */
export class Crash extends Component<{ children: ReactNode }, { hasCrashed: boolean }> {
  override state = { hasCrashed: false }

  static getDerivedStateFromError() {
    return { hasCrashed: true }
  }

  override render() {
    return this.state.hasCrashed ? <Crashed /> : this.props.children
  }
}

function Crashed() {
  const { t } = useTranslation()
  return (
    <Alert role="alert" color="red" variant="light" title={t('common.error.crashedTitle')}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{t('common.error.crashed')}</Text>
        <Button size="xs" variant="default" onClick={() => window.location.reload()}>
          {t('common.error.reload')}
        </Button>
      </Stack>
    </Alert>
  )
}
