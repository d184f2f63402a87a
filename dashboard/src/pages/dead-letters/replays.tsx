import { Anchor, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type Replay, useReplays } from '../../api/dead-letters.ts'
import { StateBadge, type Tone } from '../../components/badge.tsx'
import { Table } from '../../components/lists/list-table.tsx'
import { Section } from '../../components/section.tsx'
import { When } from '../../components/text/when.tsx'
import { useHref, useScope } from '../../layout/scope.ts'
import classes from './dead-letters.module.css'

export const OUTCOMES = ['waiting', 'applied', 'superseded', 'failed', 'gone'] as const

export const OUTCOME_TONES: Record<(typeof OUTCOMES)[number], Tone> = {
  waiting: 'info',
  applied: 'good',
  superseded: 'neutral',
  failed: 'bad',
  gone: 'neutral',
}

/** What came of the newest replays. Absent until there was one. */
export function Replays() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const href = useHref()
  const replays = useReplays(scope)
  if (!replays.data || replays.data.length === 0) return null
  return (
    <Section title={t('deadLetters.replays.title')} hint={t('deadLetters.replays.hint')}>
      <Table<Replay>
        label={t('deadLetters.replays.title')}
        rows={replays.data}
        rowKey={(replay) => replay.id}
        columns={[
          {
            key: 'when',
            header: t('deadLetters.replays.when'),
            isTitle: true,
            cell: (replay) => (
              <Anchor component={Link} href={href(`/dead-letters?replay=${replay.id}`)} c="var(--mantine-color-text)">
                <When at={replay.asked_at} />
              </Anchor>
            ),
          },
          {
            key: 'by',
            header: t('deadLetters.replays.by'),
            cell: (replay) => t(`common.actors.${replay.asked_by}`),
          },
          {
            key: 'outcome',
            header: t('deadLetters.replays.outcome'),
            cell: (replay) => <Outcome replay={replay} />,
          },
        ]}
      />
    </Section>
  )
}

function Outcome({ replay }: { replay: Replay }) {
  const { t } = useTranslation()
  return (
    <div className={classes.why} role="status">
      <span className={classes.outcomes}>
        {OUTCOMES.filter((outcome) => replay[outcome] > 0).map((outcome) => (
          <StateBadge key={outcome} tone={OUTCOME_TONES[outcome]}>
            {t(`deadLetters.replays.counts.${outcome}`, { count: replay[outcome] })}
          </StateBadge>
        ))}
      </span>
      {replay.reason && (
        <Text size="xs" c="dimmed" lineClamp={2} dir="auto">
          {replay.reason}
        </Text>
      )}
    </div>
  )
}
