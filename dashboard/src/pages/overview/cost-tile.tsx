import { Card } from '@mantine/core'
import { IconCoins } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Overview } from '../../api/overview.ts'
import { useMe } from '../../api/session.ts'
import tile from '../../components/tile.module.css'
import { useFormats } from '../../format.ts'
import classes from './cost-tile.module.css'

/**
 * The cost of embeddings and the savings: in money, or in tokens or texts if no price is set or the provider reports no tokens.
 */
export function CostTile({ embeddings }: { embeddings: NonNullable<Overview['embeddings']> }) {
  const { t } = useTranslation()
  const { number, compact, dollars } = useFormats()
  const { role } = useMe()
  const { inputs, avoided, tokens, cost_usd: spent, avoided_cost_usd: saved } = embeddings
  const used = t('overview.cost.tokens', { count: tokens, tokens: compact(tokens) })
  const unsent = t('overview.cost.avoided', { count: avoided })
  const left =
    spent !== null
      ? { value: dollars(spent), note: t('overview.cost.spent', { used }) }
      : tokens > 0
        ? { value: compact(tokens), note: t('overview.cost.used') }
        : { value: number(inputs), note: t('overview.cost.sent', { count: inputs }) }
  const right =
    saved === null
      ? { value: number(avoided), note: t('overview.cost.unsent', { count: avoided }) }
      : { value: t('overview.cost.about', { amount: dollars(saved) }), note: t('overview.cost.saved', { unsent }) }
  const [lost, kept] = spent !== null && saved !== null ? [Number(spent), Number(saved)] : [inputs, avoided]
  return (
    <Card padding="md" className={`${tile.tile} ${classes.cost}`}>
      <div className={tile.name}>
        <IconCoins size={18} stroke={1.7} aria-hidden />
        {t('overview.cost.title')}
      </div>
      <div className={classes.figures}>
        <Figure {...left} />
        <Figure {...right} isGood />
      </div>
      {lost + kept > 0 && (
        <svg className={classes.bar} viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden>
          <rect width={100} height={1} className={classes.kept} />
          <rect width={(100 * lost) / (lost + kept)} height={1} className={classes.lost} />
        </svg>
      )}
      {spent === null && tokens > 0 && role === 'admin' && (
        <div className={tile.note}>
          {t('overview.cost.noPrice')} <code className={classes.setting}>EMBEDDING_PRICE_PER_MILLION_TOKENS</code>
        </div>
      )}
      {tokens === 0 && inputs > 0 && <div className={tile.note}>{t('overview.cost.noTokens')}</div>}
    </Card>
  )
}

function Figure({ value, note, isGood }: { value: ReactNode; note: string; isGood?: boolean }) {
  return (
    <div className={classes.figure} data-good={isGood}>
      <div className={tile.value}>{value}</div>
      <div className={tile.note}>{note}</div>
    </div>
  )
}
