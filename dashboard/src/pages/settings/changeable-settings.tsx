import { Button, Group, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useSettings } from '../../api/operation.ts'
import { ApiProblem } from '../../api/problem.ts'
import { type Setting, useChangeSettings, type Values } from '../../api/server-settings.ts'
import { Answered } from '../../components/notices/answered.tsx'
import { ConfirmDialog } from '../../components/notices/confirm-dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'
import { inLatinDigits } from '../../digits.ts'
import { useServerWords } from './server-words.ts'
import classes from './setting-field.module.css'
import { SettingField, textOf } from './setting-field.tsx'
import { MailTest, ProviderTest } from './setting-tests.tsx'
import { Version } from './version.tsx'

type Change = NonNullable<Setting['change']>
type Changeable = Setting & { change: Change }
type GroupName = Change['group']

/** The version of the program, and the settings that an admin changes while the server runs: one form for each group. */
export function ChangeableSettings() {
  const { t } = useServerWords()
  const settings = useSettings()
  return (
    <>
      <Section title={t('title')} hint={t('text')}>
        <Answered query={settings}>
          {(found) => {
            const changeable = found.filter((setting): setting is Changeable => setting.change !== null)
            const groups = [...new Set(changeable.map(({ change }) => change.group))]
            return (
              <Stack gap="lg">
                {groups.map((group) => (
                  <SettingGroup
                    key={group}
                    group={group}
                    settings={changeable.filter(({ change }) => change.group === group)}
                  />
                ))}
              </Stack>
            )
          }}
        </Answered>
      </Section>
      <Version />
    </>
  )
}

function SettingGroup({ group, settings }: { group: GroupName; settings: Changeable[] }) {
  const { t } = useServerWords()
  const change = useChangeSettings()
  const [edits, setEdits] = useState<Record<string, string>>({})
  const [isAsking, setAsking] = useState(false)
  const values: Values = Object.fromEntries(
    settings.flatMap((setting) => {
      const text = edits[setting.name]
      if (text === undefined || (!setting.is_secret && text === textOf(setting))) return []
      return [[setting.name, setting.change.kind === 'number' ? inLatinDigits(text).trim() : text]]
    }),
  )
  const isChanged = Object.keys(values).length > 0
  const days = shorterRetention(settings, values)
  const save = (wanted: Values, message: string) =>
    change.mutate(wanted, {
      onSuccess: () => {
        setEdits((all) => Object.fromEntries(Object.entries(all).filter(([name]) => !(name in wanted))))
        setAsking(false)
        say(message)
      },
    })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (days === null) save(values, t('saved'))
    else setAsking(true)
  }
  const error = change.error
  return (
    <form onSubmit={submit} noValidate>
      <fieldset className={classes.group}>
        <legend className={classes.legend}>{t(`groups.${group}`)}</legend>
        <Stack gap="md">
          <div className={classes.grid}>
            {settings.map((setting) => (
              <SettingField
                key={setting.name}
                setting={setting}
                change={setting.change}
                edited={edits[setting.name]}
                issue={error instanceof ApiProblem ? error.issueOf(setting.name) : undefined}
                onEdit={(text) =>
                  setEdits(({ [setting.name]: _before, ...others }) =>
                    text === undefined ? others : { ...others, [setting.name]: text },
                  )
                }
                onReturn={() => save({ [setting.name]: null }, t('returned'))}
              />
            ))}
          </div>
          {error && !isAsking && <ErrorNotice error={error} shownElsewhere={settings.map(({ name }) => name)} />}
          <Group>
            <Button type="submit" disabled={!isChanged} loading={change.isPending}>
              {t('save')}
            </Button>
            {isChanged && (group === 'mail' || group === 'provider') && (
              <Text size="xs" c="dimmed">
                {t('unsaved')}
              </Text>
            )}
          </Group>
          {group === 'mail' && <MailTest values={values} />}
          {group === 'provider' && <ProviderTest values={values} />}
        </Stack>
      </fieldset>
      {isAsking && days !== null && (
        <ConfirmDialog
          title={t('shorter.title')}
          button={t('shorter.button')}
          isDangerous
          isPending={change.isPending}
          error={change.error}
          onConfirm={() => save(values, t('saved'))}
          onClose={() => setAsking(false)}
        >
          {t('shorter.text', { count: days })}
        </ConfirmDialog>
      )}
    </form>
  )
}

/** The days of a shorter retention of events, which deletes some; null: nothing is deleted earlier than now. */
function shorterRetention(settings: Changeable[], values: Values): number | null {
  const wanted = Number(values.EVENT_RETENTION_DAYS ?? Number.NaN)
  const now = settings.find(({ name }) => name === 'EVENT_RETENTION_DAYS')?.value
  if (!Number.isInteger(wanted) || wanted <= 0) return null
  return typeof now === 'number' && now <= wanted ? null : wanted
}
