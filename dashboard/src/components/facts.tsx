import { Fragment, type ReactNode } from 'react'
import classes from './facts.module.css'

interface Props {
  facts: [name: string, value: ReactNode][]
  /** The names are names of settings: read from left to right, broken only after an underscore. */
  ofSettings?: boolean
}

/** Names and values, beside one another as the width allows. */
export function Facts({ facts, ofSettings = false }: Props) {
  return (
    <dl className={classes.facts} data-settings={ofSettings || undefined}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{ofSettings ? <SettingName>{name}</SettingName> : name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function SettingName({ children }: { children: string }) {
  return (
    <code className={classes.setting}>
      {children.split('_').map((part, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one name have no other name.
        <Fragment key={place}>
          {place > 0 && (
            <>
              _<wbr />
            </>
          )}
          {part}
        </Fragment>
      ))}
    </code>
  )
}
