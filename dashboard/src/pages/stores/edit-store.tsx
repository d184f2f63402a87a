import { Button, Card, Group, Stack, TextInput, Title } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { type Progress, useChangeStore } from '../../api/stores.ts'
import { EnvironmentChoice } from '../../components/environment-choice.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { say } from '../../components/text/say.tsx'

/**
 * The name of a store and the address of its site are only labels; its tokens decide which shop may send. Its environment decides
 * which AI finds its products, so a change of it needs a confirmation.
 */
export function EditStore({ store }: { store: Progress['store'] }) {
  const { t } = useTranslation()
  const change = useChangeStore()
  const [name, setName] = useState(store.name)
  const [site, setSite] = useState(store.site)
  const [environment, setEnvironment] = useState(store.environment)
  const [isAsking, setAsking] = useState(false)
  const problem = change.error instanceof ApiProblem ? change.error : null
  const isMoving = environment !== store.environment
  const isChanged = isMoving || name.trim() !== store.name || site.trim() !== store.site
  // Awaited by itself: when it is done the store is read anew, and this form with its callbacks is replaced.
  const save = () =>
    change.mutateAsync({ id: store.id, name: name.trim(), site: site.trim(), ...(isMoving && { environment }) }).then(
      () => say(t('common.saved')),
      () => setAsking(false),
    )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isMoving) setAsking(true)
    else save()
  }
  return (
    <Card component="section">
      <Title order={2} size="h4" mb="md">
        {t('stores.detail.edit')}
      </Title>
      <form onSubmit={submit}>
        <Stack>
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <TextInput
              miw="15rem"
              label={t('common.name')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              required
              withAsterisk={false}
              maxLength={200}
              error={problem?.issueOf('name')}
            />
            <TextInput
              miw="15rem"
              type="url"
              label={t('stores.detail.siteAddress')}
              placeholder="https://shop.example"
              value={site}
              onChange={(event) => setSite(event.currentTarget.value)}
              dir="ltr"
              error={problem?.issueOf('site')}
            />
          </Group>
          <EnvironmentChoice value={environment} onChange={setEnvironment} />
          {change.error && <ErrorNotice error={change.error} shownElsewhere={['name', 'site']} />}
          <Group justify="flex-end">
            <Button type="submit" disabled={!isChanged} loading={change.isPending}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
      {isAsking && (
        <ConfirmDialog
          title={t(`stores.environmentDialog.${environment}.title`, { name: store.name })}
          button={t(`stores.environmentDialog.${environment}.button`)}
          isPending={change.isPending}
          error={null}
          onConfirm={save}
          onClose={() => setAsking(false)}
        >
          {t(`stores.environmentDialog.${environment}.text`)}
        </ConfirmDialog>
      )}
    </Card>
  )
}
