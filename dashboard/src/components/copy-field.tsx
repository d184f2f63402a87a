import { Button, CopyButton } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import classes from './copy-field.module.css'

/** Something to be carried elsewhere exactly: a token, an address, a link. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const { t } = useTranslation()
  return (
    <div>
      <div className={classes.label}>{label}</div>
      <div className={classes.field}>
        <code className={classes.value}>{value}</code>
        <CopyButton value={value} timeout={2500}>
          {({ copied, copy }) => (
            <Button
              size="sm"
              variant={copied ? 'light' : 'filled'}
              onClick={copy}
              leftSection={copied ? <IconCheck size={17} /> : <IconCopy size={17} />}
            >
              <span aria-live="polite">{t(copied ? 'common.copied' : 'common.copy')}</span>
            </Button>
          )}
        </CopyButton>
      </div>
    </div>
  )
}
