import { useTranslation } from 'react-i18next'
import { useFormats } from '../../format.ts'
import classes from './when.module.css'

/** Time since `at`, with the exact time in a tooltip; a dash if `at` is null. */
export function When({ at }: { at: string | null }) {
  const { t } = useTranslation()
  const { relative, exactTime } = useFormats()
  if (at === null) return <>{t('common.never')}</>
  return (
    <time dateTime={at} title={exactTime(at)} className={classes.when}>
      {relative(at)}
    </time>
  )
}
