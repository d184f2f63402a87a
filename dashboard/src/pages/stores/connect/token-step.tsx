import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Progress } from '../../../api/stores.ts'
import { useMakeToken } from '../../../api/tokens.ts'
import { ErrorNotice } from '../../../components/notices/error-notice.tsx'
import { ShownToken } from '../../tokens/shown-token-dialog.tsx'
import { StepTitle } from './step-title.tsx'

export function TokenStep({ token, onTaken }: { token: string; onTaken: () => void }) {
  const { t } = useTranslation()
  return (
    <Stack gap="lg">
      <div>
        <StepTitle>{t('stores.tokenStep.title')}</StepTitle>
        <Text c="dimmed">{t('stores.tokenStep.text')}</Text>
      </div>
      <ShownToken token={token} />
      <Group justify="flex-end">
        <Button size="md" onClick={onTaken}>
          {t('stores.tokenStep.button')}
        </Button>
      </Group>
    </Stack>
  )
}

interface LostProps {
  progress: Progress
  onMade: (token: string) => void
  onHasOne: () => void
}

/** Shown after a reload: the token cannot be shown again, so the user has it or needs another one. */
export function LostTokenStep({ progress, onMade, onHasOne }: LostProps) {
  const { t } = useTranslation()
  const make = useMakeToken()
  const { id, name } = progress.store
  return (
    <Stack gap="lg">
      <StepTitle>
        <bdi>{name}</bdi>
      </StepTitle>
      <Alert variant="light" icon={<IconKey size={20} />} title={t('stores.tokenStep.lostTitle')}>
        {t('stores.tokenStep.lost')}
      </Alert>
      {make.error && <ErrorNotice error={make.error} />}
      <Group justify="flex-end">
        <Button
          variant="default"
          size="md"
          loading={make.isPending}
          onClick={() =>
            make.mutate(
              { integration_type: 'woocommerce', name, store_id: id },
              { onSuccess: (made) => onMade(made.token) },
            )
          }
        >
          {t('stores.tokenStep.again')}
        </Button>
        <Button size="md" onClick={onHasOne}>
          {t('stores.tokenStep.haveIt')}
        </Button>
      </Group>
    </Stack>
  )
}
