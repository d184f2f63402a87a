import { Button, Group, Progress, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isBeingBuilt, type Profile, useProfiles, useReindex } from '../../api/operation.ts'
import { useMe } from '../../api/session.ts'
import { StateBadge } from '../../components/badge.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'

const TONES = { active: 'good', building: 'info', retired: 'neutral' } as const

/** The embedding models and their progress. */
export function Profiles() {
  const { t } = useTranslation()
  const { role } = useMe()
  const profiles = useProfiles()
  return (
    <Section title={t('settings.profiles.title')} hint={t('settings.profiles.text')}>
      <Answered query={profiles}>
        {(found) =>
          found.length === 0 ? (
            <Text>{t('settings.profiles.empty')}</Text>
          ) : (
            <Stack gap="lg">
              {found.map((profile) => (
                <ProfileState key={profile.id} profile={profile} />
              ))}
            </Stack>
          )
        }
      </Answered>
      {role === 'admin' && <Reindex />}
    </Section>
  )
}

function ProfileState({ profile }: { profile: Profile }) {
  const { t } = useTranslation()
  const { provider, model, dimensions, state, embedded, texts } = profile
  return (
    <Stack gap={6}>
      <Group justify="space-between">
        <Group gap="xs">
          <Text fw={600} className="ltr">
            {model}
          </Text>
          <StateBadge tone={TONES[state]}>{t(`settings.profiles.states.${state}`)}</StateBadge>
        </Group>
        <Text size="sm" c="dimmed">
          {t('settings.profiles.provider')}: <bdi>{provider}</bdi> ·{' '}
          {t('settings.profiles.dimensions', { count: dimensions })}
        </Text>
      </Group>
      {state !== 'retired' && (
        <>
          <Progress
            value={texts === 0 ? 100 : (100 * embedded) / texts}
            animated={isBeingBuilt(profile)}
            radius="xl"
            aria-label={t('settings.profiles.progress', { model })}
          />
          <Text size="sm" c="dimmed">
            {t('settings.profiles.covered', { embedded, texts })}
          </Text>
        </>
      )}
    </Stack>
  )
}

function Reindex() {
  const { t } = useTranslation()
  const reindex = useReindex()
  const [isAsking, setAsking] = useState(false)
  return (
    <Group>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t('settings.profiles.reindex')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t('settings.profiles.reindexDialog.title')}
          button={t('settings.profiles.reindexDialog.button')}
          isPending={reindex.isPending}
          error={reindex.error}
          onConfirm={() =>
            reindex.mutate(undefined, {
              onSuccess: ({ texts }) => {
                say(t('settings.profiles.reindexDialog.done', { count: texts }))
                setAsking(false)
              },
            })
          }
          onClose={() => setAsking(false)}
        >
          {t('settings.profiles.reindexDialog.text')}
        </ConfirmDialog>
      )}
    </Group>
  )
}
