import { Button, Card, Group, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useDeleteStore } from '../../api/stores.ts'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { say } from '../../components/text/say.tsx'
import { useGo } from '../../layout/scope.ts'

export function DeleteStore({ id, name }: { id: number; name: string }) {
  const { t } = useTranslation()
  const go = useGo()
  const remove = useDeleteStore()
  const [isAsking, setAsking] = useState(false)
  const done = () => {
    say(t('stores.detail.deleted'))
    go('/stores')
  }
  return (
    <Card component="section">
      <Group justify="space-between" align="center">
        <div>
          <Title order={2} size="h4">
            {t('stores.detail.danger')}
          </Title>
          <Text size="sm" c="dimmed" maw="42rem">
            {t('stores.detail.dangerText')}
          </Text>
        </div>
        <Button variant="outline" color="red.8" c="var(--mantine-color-error)" onClick={() => setAsking(true)}>
          {t('stores.detail.delete')}
        </Button>
      </Group>
      {isAsking && (
        <ConfirmDialog
          title={t('stores.detail.deleteTitle', { name })}
          button={t('stores.detail.delete')}
          isDangerous
          typed={name}
          isPending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(id, { onSuccess: done })}
          onClose={() => setAsking(false)}
        >
          {t('stores.detail.deleteText')}
        </ConfirmDialog>
      )}
    </Card>
  )
}
