import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type AuthorizationRequest, useAuthorizationRequest, useDecide } from '../../api/agents.ts'
import { useMe } from '../../api/session.ts'
import { Answered } from '../../components/notices/answered.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { CardPage } from '../../layout/card-page.tsx'
import classes from './consent-page.module.css'
import { firstChoice, ShopChoice, toDecision } from './shop-choice.tsx'
import '../agents/words.ts'

/**
 * A program asks for access to the shops of the signed-in user (the authorization endpoint of OAuth). The page leaves for the
 * program's address only when the user presses a button.
 */
export default function ConsentPage() {
  const { t } = useTranslation()
  const me = useMe()
  const [query] = useState(() => window.location.search.slice(1))
  const request = useAuthorizationRequest(query)
  return (
    <CardPage title={t('agents.consent.title')} foot={t('agents.consent.signedIn', { email: me.email })}>
      {request.error ? (
        <Stack>
          <ErrorNotice error={request.error} title={t('agents.consent.refusedTitle')} />
          <Anchor href="/">{t('agents.consent.home')}</Anchor>
        </Stack>
      ) : (
        <Answered query={request}>
          {(asked) => (asked.error === null ? <Question query={query} asked={asked} /> : <Invalid asked={asked} />)}
        </Answered>
      )}
    </CardPage>
  )
}

function Question({ query, asked }: { query: string; asked: AuthorizationRequest }) {
  const { t } = useTranslation()
  const decide = useDecide()
  const [choice, setChoice] = useState(() => firstChoice(asked.stores))
  const { client } = asked
  const isDone = decide.isPending || decide.isSuccess
  return (
    <Stack>
      <Text fw={600}>
        {client.name ? t('agents.consent.asks', { name: client.name }) : t('agents.consent.asksUnnamed')}
      </Text>
      <Alert color="yellow" icon={<IconAlertTriangle size={20} />}>
        <Text size="sm" c="var(--mantine-color-text)">
          {t(client.is_loopback ? 'agents.consent.loopback' : 'agents.consent.unverified')}
        </Text>
        <Text component="code" className={classes.host}>
          {client.host}
        </Text>
        <Text size="sm" c="var(--mantine-color-text)">
          {t('agents.consent.onlyIf')}
        </Text>
      </Alert>
      <dl className={classes.rights}>
        <dt>{t('agents.consent.reads')}</dt>
        <dd>{t('agents.consent.readsList')}</dd>
        <dt>{t('agents.consent.never')}</dt>
        <dd>{t('agents.consent.neverList')}</dd>
      </dl>
      <ShopChoice stores={asked.stores} value={choice} onChange={setChoice} />
      {decide.error && <ErrorNotice error={decide.error} />}
      <Group grow>
        <Button variant="default" size="md" disabled={isDone} onClick={() => decide.mutate({ query, allow: false })}>
          {t('agents.consent.deny')}
        </Button>
        <Button
          size="md"
          loading={decide.isPending}
          disabled={isDone}
          onClick={() => decide.mutate({ query, allow: true, ...toDecision(choice) })}
        >
          {t('agents.consent.allow')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" role="status">
        {t(decide.isSuccess ? 'agents.consent.leaving' : 'agents.consent.until')}
      </Text>
    </Stack>
  )
}

function Invalid({ asked }: { asked: AuthorizationRequest }) {
  const { t } = useTranslation()
  return (
    <Stack>
      <Alert role="alert" color="red" title={t('agents.consent.refusedTitle')} icon={<IconAlertTriangle size={20} />}>
        <Text size="sm" c="var(--mantine-color-text)">
          {t('agents.consent.invalid')}
        </Text>
        <Text component="code" className={classes.host}>
          {asked.error}
        </Text>
      </Alert>
      {asked.redirect_to !== null && (
        <Button component="a" variant="default" href={asked.redirect_to} rel="noreferrer">
          {t('agents.consent.back', { host: asked.client.host })}
        </Button>
      )}
    </Stack>
  )
}
