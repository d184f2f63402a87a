import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import mark from '../../assets/mark.svg'
import { useHref } from './scope.ts'
import classes from './wordmark.module.css'

export function Wordmark({ isLarge = false }: { isLarge?: boolean }) {
  const { t } = useTranslation()
  const href = useHref()
  return (
    <Link href={href('/')} className={classes.wordmark} data-large={isLarge || undefined}>
      <img src={mark} alt="" width={isLarge ? 44 : 30} height={isLarge ? 44 : 30} />
      <span>{t('shell.product')}</span>
    </Link>
  )
}
