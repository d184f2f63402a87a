import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from './dialog.tsx'
import { ErrorNotice } from './error-notice.tsx'

interface Props {
  title: string
  /** The effect of the action. */
  children: ReactNode
  button: string
  isDangerous?: boolean
  /** A text to type first, for an action that cannot be undone. */
  typed?: string
  isPending: boolean
  error: unknown
  onConfirm: () => void
  onClose: () => void
}

/** Says what will happen before it does. Rendered while it is open only, so that it begins anew each time. */
export function ConfirmDialog({
  title,
  children,
  button,
  isDangerous,
  typed,
  isPending,
  error,
  onConfirm,
  onClose,
}: Props) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const isConfirmed = typed === undefined || text.trim() === typed
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isConfirmed) onConfirm()
  }
  return (
    <Dialog onClose={onClose} title={title}>
      <form onSubmit={submit}>
        <Stack>
          {typeof children === 'string' ? <Text>{children}</Text> : children}
          {typed !== undefined && (
            <TextInput
              label={t('common.typeToConfirm', { text: typed })}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          {error ? <ErrorNotice error={error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" color={isDangerous ? 'red.8' : 'brand'} loading={isPending} disabled={!isConfirmed}>
              {button}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
