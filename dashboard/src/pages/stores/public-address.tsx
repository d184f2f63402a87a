import { Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChangePublicAddress, usePublicAddress } from '../../api/agents.ts'
import { CopyField } from '../../components/copy-field.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'
import '../agents/words.ts'

/** The public MCP address of a store: off until the owner creates one. */
export function PublicAddress({ storeId }: { storeId: number }) {
  const { t } = useTranslation()
  const address = usePublicAddress(storeId)
  const change = useChangePublicAddress(storeId)
  const [asking, setAsking] = useState<'replace' | 'remove' | null>(null)
  const run = (what: 'make' | 'remove') =>
    change.mutate(what, {
      onSuccess: () => {
        setAsking(null)
        say(t(`agents.publicAddress.${what === 'make' ? 'made' : 'removed'}`))
      },
    })
  return (
    <Section title={t('agents.publicAddress.title')} hint={t('agents.publicAddress.hint')}>
      <Answered query={address}>
        {(found) =>
          found === null ? (
            <Group justify="space-between">
              <Text size="sm">{t('agents.publicAddress.off')}</Text>
              <Button variant="default" loading={change.isPending} onClick={() => run('make')}>
                {t('agents.publicAddress.make')}
              </Button>
            </Group>
          ) : (
            <Stack>
              <CopyField label={t('agents.publicAddress.label')} value={found} />
              <Group justify="flex-end">
                <Button variant="default" onClick={() => setAsking('replace')}>
                  {t('agents.publicAddress.replace')}
                </Button>
                <Button variant="default" c="var(--mantine-color-error)" onClick={() => setAsking('remove')}>
                  {t('agents.publicAddress.remove')}
                </Button>
              </Group>
            </Stack>
          )
        }
      </Answered>
      {change.error && !asking && <ErrorNotice error={change.error} />}
      {asking && (
        <ConfirmDialog
          title={t(`agents.publicAddress.${asking}Title`)}
          button={t(`agents.publicAddress.${asking}`)}
          isDangerous
          isPending={change.isPending}
          error={change.error}
          onConfirm={() => run(asking === 'replace' ? 'make' : 'remove')}
          onClose={() => setAsking(null)}
        >
          {t(`agents.publicAddress.${asking}Text`)}
        </ConfirmDialog>
      )}
    </Section>
  )
}
