import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'wouter'
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
