import { IconCircleCheck, IconClick, IconMessageQuestion, IconZoomExclamation } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { QuestionsSummary } from '../../api/questions.ts'
import { useMe } from '../../api/session.ts'
import { useMoney } from '../../components/text/use-money.ts'
import { Tile } from '../../components/tile.tsx'
import { useFormats } from '../../format.ts'
import classes from './questions.module.css'

/** The figures at a glance. Only admins see times: an owner can do nothing about them. */
export function QuestionTiles({ summary }: { summary: QuestionsSummary }) {
  const { t } = useTranslation()
  const { number, percent, duration } = useFormats()
  const money = useMoney()
  const { role } = useMe()
  const { questions, answered, unanswered, clicks, conversions, helpful, not_helpful: notHelpful } = summary
  const isReported = clicks + conversions + helpful + notHelpful > 0
  const time = summary.median_ms === null ? null : duration(Math.max(1, summary.median_ms))
  const reported = [
    conversions > 0 && t('questions.tiles.conversions', { count: conversions }),
    ...summary.values.map(({ value, currency }) => money(value, currency)),
    helpful + notHelpful > 0 && t('questions.tiles.helpful', { helpful, not: notHelpful }),
  ].filter((note) => typeof note === 'string')
  return (
    <div className={classes.tiles}>
      <Tile
        icon={IconMessageQuestion}
        name={t('questions.tiles.asked')}
        value={number(questions)}
        note={role === 'admin' && time !== null && t('questions.tiles.median', { time })}
      />
      <Tile
        icon={IconCircleCheck}
        name={t('questions.tiles.answered')}
        value={percent(answered / questions)}
        note={t('questions.tiles.answeredNote', { count: answered })}
      />
      <Tile
        icon={IconZoomExclamation}
        name={t('questions.tiles.unanswered')}
        value={number(unanswered)}
        note={t(unanswered === 0 ? 'questions.tiles.unansweredNone' : 'questions.tiles.unansweredNote')}
        tone={unanswered > 0 ? 'warning' : undefined}
      />
      <Tile
        icon={IconClick}
        name={t('questions.tiles.clicks')}
        value={isReported ? number(clicks) : t('common.none')}
        note={isReported ? reported.join(' · ') : t('questions.tiles.notReported')}
      />
    </div>
  )
}
