import { Anchor } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './outside-link.module.css'

/** A link to an address that a shop gave: http(s) or none at all, and the page there learns nothing of ours. */
export function OutsideLink({ address, children }: { address: string; children: ReactNode }) {
  const { t } = useTranslation()
  if (!isWebAddress(address)) return null
  return (
    <Anchor href={address} target="_blank" rel="noopener noreferrer" className={classes.link}>
      {children}
      <IconExternalLink size={15} aria-hidden />
      <span className="visually-hidden">{t('products.detail.newTab')}</span>
    </Anchor>
  )
}

export function isWebAddress(address: string): boolean {
  return URL.canParse(address) && ['http:', 'https:'].includes(new URL(address).protocol)
}
