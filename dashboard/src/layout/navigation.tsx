import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'wouter'
import { useOpenAlerts } from '../api/alerts.ts'
import { useFormats } from '../format.ts'
import type { PageEntry } from '../pages.ts'
import classes from './navigation.module.css'
import { useHref } from './scope.ts'

export function Navigation({ pages }: { pages: PageEntry[] }) {
  const { t } = useTranslation()
  const href = useHref()
  const [location] = useLocation()
  const groups = [...new Set(pages.flatMap((page) => page.group ?? []))]
  return (
    <nav aria-label={t('shell.navigation')}>
      {groups.map((group) => (
        <div key={group} className={classes.group}>
          <div className={classes.title} id={`group-${group}`}>
            {t(`shell.groups.${group}`)}
          </div>
          <ul className={classes.list} aria-labelledby={`group-${group}`}>
            {pages
              .filter((page) => page.group === group)
              .map(({ path, name, icon: Icon }) => {
                const isHere = location === path || (path !== '/' && location.startsWith(`${path}/`))
                return (
                  <li key={path}>
                    <Link href={href(path)} className={classes.link} aria-current={isHere ? 'page' : undefined}>
                      <Icon size={19} stroke={1.7} aria-hidden />
                      {t(`shell.pages.${name}`)}
                      {name === 'alerts' && <OpenAlerts />}
                    </Link>
                  </li>
                )
              })}
          </ul>
        </div>
      ))}
    </nav>
  )
}

/** The number of open alerts that the user has not acknowledged; nothing while there is none. */
function OpenAlerts() {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { data = 0 } = useOpenAlerts()
  if (data === 0) return null
  return (
    <span className={classes.count}>
      <span aria-hidden>{number(data)}</span>
      <span className="visually-hidden">{t('shell.openAlerts', { amount: number(data) })}</span>
    </span>
  )
}
