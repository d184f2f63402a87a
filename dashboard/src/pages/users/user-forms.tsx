import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { type User, useChangeUser, useMakeUser } from '../../api/users.ts'
import { Dialog } from '../../components/notices/dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { say } from '../../components/text/say.tsx'
import type { MadeLink } from './user-dialogs.tsx'

interface MakeProps {
  /** With the one-time link by which the user sets a password. */
  onMade: (made: MadeLink) => void
  onClose: () => void
}

export function MakeUserDialog({ onMade, onClose }: MakeProps) {
  const { t } = useTranslation()
  const make = useMakeUser()
  const [given, setGiven] = useState<Given>({ email: '', name: '', role: 'owner' })
  const submit = () =>
    make.mutate(
      { email: given.email.trim(), name: given.name.trim(), role: given.role },
      { onSuccess: (user) => onMade({ email: user.email, link: user.reset_link ?? '', mail: user.mail ?? null }) },
    )
  return (
    <UserForm
      title={t('users.create.title')}
      button={t('users.create.button')}
      note={t('users.create.linkHint')}
      {...{ given, setGiven, submit, onClose }}
      isPending={make.isPending}
      error={make.error}
    />
  )
}

export function EditUserDialog({ user, isMe, onClose }: { user: User; isMe: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const change = useChangeUser()
  const [given, setGiven] = useState<Given>({ email: user.email, name: user.name, role: user.role })
  const submit = () => {
    const email = given.email.trim()
    const name = given.name.trim()
    change.mutate(
      {
        id: user.id,
        ...(email !== user.email && { email }),
        ...(name !== user.name && { name }),
        // Naming the role, even the same, signs the user out.
        ...(given.role !== user.role && { role: given.role }),
      },
      {
        onSuccess: () => {
          say(t('common.saved'))
          onClose()
        },
      },
    )
  }
  return (
    <UserForm
      title={t('users.editDialog.title', { email: user.email })}
      button={t('common.save')}
      note={isMe ? null : t('users.editDialog.roleHint')}
      isRoleFixed={isMe}
      {...{ given, setGiven, submit, onClose }}
      isPending={change.isPending}
      error={change.error}
    />
  )
}

interface Given {
  email: string
  name: string
  role: 'admin' | 'owner'
}

interface FormProps {
  title: string
  button: string
  note: string | null
  /** One's own role can be taken away by another admin only. */
  isRoleFixed?: boolean
  given: Given
  setGiven: (given: Given) => void
  submit: () => void
  isPending: boolean
  error: Error | null
  onClose: () => void
}

function UserForm({ title, button, note, isRoleFixed, given, setGiven, submit, isPending, error, onClose }: FormProps) {
  const { t } = useTranslation()
  const problem = error instanceof ApiProblem ? error : null
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    submit()
  }
  return (
    <Dialog onClose={onClose} title={title}>
      <form onSubmit={onSubmit}>
        <Stack>
          <TextInput
            type="email"
            label={t('users.email')}
            value={given.email}
            onChange={(event) => setGiven({ ...given, email: event.currentTarget.value })}
            required
            withAsterisk={false}
            dir="ltr"
            autoComplete="off"
            error={problem?.issueOf('email')}
            data-autofocus
          />
          <TextInput
            label={t('common.name')}
            value={given.name}
            onChange={(event) => setGiven({ ...given, name: event.currentTarget.value })}
            maxLength={200}
            autoComplete="off"
            error={problem?.issueOf('name')}
          />
          {!isRoleFixed && (
            <Radio.Group
              label={t('users.role')}
              value={given.role}
              onChange={(role) => setGiven({ ...given, role: role as Given['role'] })}
            >
              <Stack gap="xs" mt={6}>
                <Radio value="owner" label={t('shell.owner')} description={t('users.create.ownerHint')} />
                <Radio value="admin" label={t('shell.admin')} description={t('users.create.adminHint')} />
              </Stack>
            </Radio.Group>
          )}
          {note && (
            <Text size="sm" c="dimmed">
              {note}
            </Text>
          )}
          {error && <ErrorNotice error={error} shownElsewhere={['email', 'name']} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={isPending}>
              {button}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
