import { Button, Checkbox, Group, NativeSelect, Stack, Switch, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type AlertChannel,
  type ChannelChange,
  type ChannelKind,
  type MadeAlertChannel,
  useAlertOptions,
  useChangeChannel,
  useMakeChannel,
} from '../../api/alerts.ts'
import { ApiProblem } from '../../api/problem.ts'
import { useMe } from '../../api/session.ts'
import { Answered } from '../../components/notices/answered.tsx'
import { Dialog } from '../../components/notices/dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { LinesSkeleton } from '../../components/notices/skeletons.tsx'
import { say } from '../../components/text/say.tsx'
import { chosenLanguage, LANGUAGES, type Language } from '../../languages/language.ts'
import { KindChoice } from './kind-choice.tsx'

type Kinds = NonNullable<ChannelChange['kinds']>

interface Props {
  /** Null: a new channel. */
  channel: AlertChannel | null
  /** The owner of a new channel. */
  userId: string | undefined
  onMade: (made: MadeAlertChannel) => void
  onClose: () => void
}

const SHOWN_FIELDS = ['name', 'url', 'email', 'bot_token', 'chat_id', 'time_zone']

/** Adds or changes a channel. Secret fields are empty when a channel is changed; empty means that they stay. */
export function ChannelForm({ channel, userId, onMade, onClose }: Props) {
  const { t } = useTranslation()
  const options = useAlertOptions()
  return (
    <Dialog onClose={onClose} title={t(channel === null ? 'alerts.channel.add' : 'alerts.channel.edit')}>
      <Answered query={options} skeleton={<LinesSkeleton />}>
        {({ channels, kinds }) => (
          <Fields
            channel={channel}
            userId={userId}
            onMade={onMade}
            onClose={onClose}
            available={channels}
            alertKinds={kinds}
          />
        )}
      </Answered>
    </Dialog>
  )
}

interface FieldsProps extends Props {
  available: { kind: ChannelKind; is_available: boolean; message: string | null }[]
  alertKinds: { kind: Kinds[number]; name: string; is_urgent: boolean }[]
}

function Fields({ channel, userId, onMade, onClose, available, alertKinds }: FieldsProps) {
  const { t } = useTranslation()
  const me = useMe()
  const make = useMakeChannel()
  const change = useChangeChannel()
  const [kind, setKind] = useState<ChannelKind>(
    channel?.kind ?? available.find((one) => one.is_available && one.kind === 'email')?.kind ?? 'webhook',
  )
  const [name, setName] = useState(channel?.name ?? '')
  const [url, setUrl] = useState('')
  const [email, setEmail] = useState(channel?.kind === 'email' ? channel.target : (me.email ?? ''))
  const [botToken, setBotToken] = useState('')
  const [chatId, setChatId] = useState(channel && isBot(channel.kind) ? channel.target : '')
  const [language, setLanguage] = useState<Language>(channel?.language ?? chosenLanguage())
  const [timeZone, setTimeZone] = useState(channel?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone)
  const [isQuiet, setQuiet] = useState(channel !== null && channel.quiet_hours !== null)
  const [from, setFrom] = useState(channel?.quiet_hours?.from ?? '22:00')
  const [to, setTo] = useState(channel?.quiet_hours?.to ?? '07:00')
  const [kinds, setKinds] = useState<Kinds | null>(channel?.kinds ?? null)
  const [urgent, setUrgent] = useState<Kinds>(
    channel?.urgent_kinds ?? alertKinds.filter(({ is_urgent }) => is_urgent).map((one) => one.kind),
  )
  const error = make.error ?? change.error
  const problem = error instanceof ApiProblem ? error : null
  const unavailable = available.find((one) => one.kind === kind)?.message

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const address = {
      ...(kind === 'webhook' && url.trim() && { url: url.trim() }),
      ...(kind === 'email' && { email: email.trim() }),
      ...(isBot(kind) && { chat_id: chatId.trim(), ...(botToken.trim() && { bot_token: botToken.trim() }) }),
    }
    const body = {
      ...address,
      ...(name.trim() && { name: name.trim() }),
      language,
      time_zone: timeZone.trim(),
      quiet_hours: isQuiet ? { from, to } : null,
      kinds,
      urgent_kinds: urgent,
    }
    if (channel === null) make.mutate({ kind, ...body, ...(userId && { user_id: userId }) }, { onSuccess: onMade })
    else
      change.mutate(
        { id: channel.id, ...body },
        {
          onSuccess: () => {
            say(t('common.saved'))
            onClose()
          },
        },
      )
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <NativeSelect
          label={t('alerts.channel.kind')}
          data={available.map((one) => ({ value: one.kind, label: t(`alerts.channel.kinds.${one.kind}`) }))}
          value={kind}
          disabled={channel !== null}
          onChange={({ currentTarget }) =>
            setKind(available.find((one) => one.kind === currentTarget.value)?.kind ?? kind)
          }
          description={unavailable}
        />
        {kind === 'webhook' && (
          <TextInput
            label={t('alerts.channel.url')}
            description={t(channel === null ? 'alerts.channel.urlHint' : 'alerts.channel.urlKept')}
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
            required={channel === null}
            inputMode="url"
            dir="ltr"
            autoComplete="off"
            error={problem?.issueOf('url')}
          />
        )}
        {kind === 'email' && (
          <TextInput
            label={t('alerts.channel.email')}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            required
            inputMode="email"
            dir="ltr"
            error={problem?.issueOf('email')}
          />
        )}
        {isBot(kind) && (
          <>
            <TextInput
              label={t('alerts.channel.botToken')}
              description={t(channel === null ? 'alerts.channel.botHint' : 'alerts.channel.tokenKept')}
              value={botToken}
              onChange={(event) => setBotToken(event.currentTarget.value)}
              required={channel === null}
              dir="ltr"
              autoComplete="off"
              error={problem?.issueOf('bot_token')}
            />
            <TextInput
              label={t('alerts.channel.chatId')}
              description={t('alerts.channel.chatHint')}
              value={chatId}
              onChange={(event) => setChatId(event.currentTarget.value)}
              required
              dir="ltr"
              error={problem?.issueOf('chat_id')}
            />
          </>
        )}
        <TextInput
          label={t('common.name')}
          description={t('alerts.channel.nameHint')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={100}
          dir="auto"
          error={problem?.issueOf('name')}
        />
        <Group grow align="flex-start">
          <NativeSelect
            label={t('alerts.channel.language')}
            data={Object.entries(LANGUAGES).map(([value, one]) => ({ value, label: one.name }))}
            value={language}
            onChange={({ currentTarget }) => setLanguage(currentTarget.value === 'fa' ? 'fa' : 'en')}
          />
          <TextInput
            label={t('alerts.channel.timeZone')}
            value={timeZone}
            onChange={(event) => setTimeZone(event.currentTarget.value)}
            required
            dir="ltr"
            error={problem?.issueOf('time_zone')}
          />
        </Group>
        <Switch
          label={t('alerts.channel.quiet')}
          description={t('alerts.channel.quietHint')}
          checked={isQuiet}
          onChange={(event) => setQuiet(event.currentTarget.checked)}
        />
        {isQuiet && (
          <Group grow>
            <TextInput
              type="time"
              label={t('alerts.channel.from')}
              value={from}
              onChange={(event) => setFrom(event.currentTarget.value)}
              required
            />
            <TextInput
              type="time"
              label={t('alerts.channel.to')}
              value={to}
              onChange={(event) => setTo(event.currentTarget.value)}
              required
            />
          </Group>
        )}
        <Checkbox
          label={t('alerts.channel.allKinds')}
          checked={kinds === null}
          onChange={(event) => setKinds(event.currentTarget.checked ? null : alertKinds.map((one) => one.kind))}
        />
        {kinds !== null && (
          <KindChoice label={t('alerts.channel.someKinds')} all={alertKinds} chosen={kinds} onChange={setKinds} />
        )}
        {isQuiet && (
          <KindChoice label={t('alerts.channel.urgentKinds')} all={alertKinds} chosen={urgent} onChange={setUrgent} />
        )}
        {error && <ErrorNotice error={error} shownElsewhere={SHOWN_FIELDS} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={make.isPending || change.isPending}>
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function isBot(kind: ChannelKind): boolean {
  return kind === 'telegram' || kind === 'bale'
}
