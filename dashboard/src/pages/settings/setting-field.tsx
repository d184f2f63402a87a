import { Checkbox, Group, NativeSelect, PasswordInput, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import type { Setting } from '../../api/server-settings.ts'
import { StateBadge } from '../../components/badge.tsx'
import { useFormats } from '../../format.ts'
import { useServerWords } from './server-words.ts'
import classes from './setting-field.module.css'

interface Props {
  setting: Setting
  change: NonNullable<Setting['change']>
  /** The text that was typed and not saved; undefined: none. */
  edited: string | undefined
  issue: string | undefined
  onEdit: (text: string | undefined) => void
  onReturn: () => void
}

/** The text of a field that was not edited. */
export function textOf({ name, value, is_secret: isSecret }: Setting): string {
  if (name === 'EVENT_RETENTION_DAYS' && value === null) return '0'
  if (isSecret || value === null) return ''
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)
}

/** One setting: its field, its bounds, where its value comes from, and the way back to the environment's. */
export function SettingField({ setting, change, edited, issue, onEdit, onReturn }: Props) {
  const { t } = useServerWords()
  const { number } = useFormats()
  const { name, is_secret: isSecret } = setting
  const isChosen = change.changed_at !== null
  const told = useTold()
  const { min, max, unit } = change
  const bounds =
    min === null || max === null
      ? null
      : unit === null
        ? t('bounds', { min, max })
        : t('boundsWithUnit', { min, max, of: t(`units.${unit}`) })
  const shared = {
    label: change.title,
    description: [change.description, bounds].filter(Boolean).join(' '),
    error: issue ?? change.problem ?? undefined,
    inputWrapperOrder: ['label' as const, 'input' as const, 'description' as const, 'error' as const],
    name,
  }
  const text = edited ?? textOf(setting)
  return (
    <Stack gap={6} className={classes.field}>
      {change.kind === 'switch' || change.kind === 'choice' ? (
        <NativeSelect
          {...shared}
          data={
            change.kind === 'switch'
              ? (['on', 'off'] as const).map((value) => ({ value, label: t(value) }))
              : change.choices
          }
          value={text === '' ? change.choices[0] : text}
          onChange={({ currentTarget }) => onEdit(currentTarget.value)}
        />
      ) : isSecret ? (
        <PasswordInput
          {...shared}
          dir="ltr"
          value={edited ?? ''}
          placeholder={setting.value === true && edited === undefined ? '••••••••' : ''}
          onChange={(event) => onEdit(event.currentTarget.value || undefined)}
          autoComplete="new-password"
          maxLength={2000}
        />
      ) : (
        <TextInput
          {...shared}
          dir="ltr"
          inputMode={change.kind === 'number' ? 'decimal' : 'text'}
          value={text}
          onChange={(event) => onEdit(event.currentTarget.value)}
          maxLength={2000}
          autoComplete="off"
        />
      )}
      {isSecret && (
        <Checkbox
          size="xs"
          label={t('noSecret', { name: change.title })}
          checked={edited === ''}
          onChange={(event) => onEdit(event.currentTarget.checked ? '' : undefined)}
        />
      )}
      <Group gap="xs" className={classes.source}>
        <StateBadge tone={isChosen ? 'info' : 'neutral'}>{t(isChosen ? 'chosen' : 'ofEnvironment')}</StateBadge>
        {isSecret && (
          <Text size="xs" c="dimmed">
            {t(setting.value === true ? 'keptSecret' : 'unset')}
          </Text>
        )}
        {isChosen && (
          <>
            {!isSecret && (
              <Text size="xs" c="dimmed">
                {t('environmentIs', { value: told(name, change.environment_value, number) })}
              </Text>
            )}
            <UnstyledButton
              className={classes.back}
              aria-label={t('backFor', { name: change.title })}
              onClick={onReturn}
            >
              {t('back')}
            </UnstyledButton>
          </>
        )}
      </Group>
    </Stack>
  )
}

function useTold() {
  const { t } = useServerWords()
  return (name: string, value: Setting['value'], number: (value: number) => string): string => {
    if (value === null) return t(name === 'EVENT_RETENTION_DAYS' ? 'unlimited' : 'unset')
    if (typeof value === 'boolean') return t(value ? 'on' : 'off')
    return typeof value === 'number' ? number(value) : value
  }
}
