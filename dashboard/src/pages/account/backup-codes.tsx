import { Button, CopyButton, Group, Stack, Text } from '@mantine/core'
import { IconCheck, IconCopy, IconDownload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import classes from './two-factor.module.css'

/** The backup codes, shown once: to copy, or to keep as a file. */
export function BackupCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const { t } = useTranslation()
  const text = `${codes.join('\n')}\n`
  return (
    <Stack>
      <Text size="sm">{t('account.twoFactor.codesText')}</Text>
      <ul className={classes.codes} aria-label={t('account.twoFactor.codes')}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <Group justify="space-between">
        <Group gap="xs">
          <CopyButton value={text} timeout={2500}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                onClick={copy}
                leftSection={copied ? <IconCheck size={17} /> : <IconCopy size={17} />}
              >
                <span aria-live="polite">{t(copied ? 'common.copied' : 'common.copy')}</span>
              </Button>
            )}
          </CopyButton>
          <Button variant="default" onClick={() => download(text)} leftSection={<IconDownload size={17} />}>
            {t('account.twoFactor.download')}
          </Button>
        </Group>
        <Button onClick={onClose}>{t('account.twoFactor.saved')}</Button>
      </Group>
    </Stack>
  )
}

function download(text: string) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = address
  link.download = 'fiko-sync-backup-codes.txt'
  link.click()
  URL.revokeObjectURL(address)
}
