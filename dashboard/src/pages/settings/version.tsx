import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useVersion } from '../../api/server-settings.ts'
import { Facts } from '../../components/facts.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { OutsideLink } from '../../components/outside-link.tsx'
import { Section } from '../../components/section.tsx'
import { useFormats } from '../../format.ts'
import { useServerWords } from './server-words.ts'

/** The versions of the program and its database, and a newer one if the operator lets the server ask for it. */
export function Version() {
  const { t } = useServerWords()
  const { dateTime } = useFormats()
  const version = useVersion()
  return (
    <Section title={t('version.title')} hint={t('version.text')}>
      <Answered query={version}>
        {(found) => (
          <Facts
            facts={[
              [t('version.program'), <code key="program">{found.version}</code>],
              ...(found.commit === null
                ? []
                : [
                    [t('version.commit'), <code key="commit">{found.commit.slice(0, 12)}</code>] as [string, ReactNode],
                  ]),
              [t('version.schema'), <code key="schema">{found.schema}</code>],
              [
                t('version.database'),
                <span key="database">
                  {t(`version.kinds.${found.database.kind}`)} <code>{found.database.version}</code>
                </span>,
              ],
              [t('version.node'), <code key="node">{found.node}</code>],
              [t('version.since'), dateTime(found.started_at)],
              [t('version.newer'), <Newer key="newer" found={found} />],
            ]}
          />
        )}
      </Answered>
    </Section>
  )
}

function Newer({
  found: { newer, update_check: check },
}: {
  found: NonNullable<ReturnType<typeof useVersion>['data']>
}) {
  const { t } = useServerWords()
  const { dateTime } = useFormats()
  const quiet = (text: string) => (
    <Text size="sm" c="dimmed">
      {text}
    </Text>
  )
  if (!check.is_on) return quiet(t('version.off'))
  return (
    <Stack gap={2}>
      {newer && (
        <Text fw={600}>
          {t('version.newerIs', { version: newer.version })}{' '}
          {newer.url !== null && <OutsideLink address={newer.url}>{t('version.page')}</OutsideLink>}
        </Text>
      )}
      {!newer && check.newest !== null && <Text>{t('version.latest')}</Text>}
      {check.problem !== null && <Text size="sm">{check.problem}</Text>}
      {quiet(check.asked_at === null ? t('version.notAsked') : t('version.asked', { at: dateTime(check.asked_at) }))}
      {check.address !== null && (
        <Text size="sm" c="dimmed">
          {t('version.asks')} <code>{check.address}</code>
        </Text>
      )}
    </Stack>
  )
}
