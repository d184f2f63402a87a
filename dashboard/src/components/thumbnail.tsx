import { IconPhoto } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { pictureAddress } from './picture-address.ts'
import classes from './thumbnail.module.css'

interface Props {
  /** The address of the picture; empty or null without one. */
  image: string | null | undefined
  isLarge?: boolean
}

/** Sides of the box in CSS pixels: the same with a picture, while it loads, and without one, so that nothing moves. */
const SIDE = { small: 40, large: 72 }

/**
 * The picture of a product beside its name, which says what it shows. It is loaded from the shop when it comes near the window; the
 * shop does not learn the address of the page. A sign takes the place of a missing or broken one.
 */
export function Thumbnail({ image, isLarge = false }: Props) {
  const [broken, setBroken] = useState<string | null>(null)
  const address = pictureAddress(image)
  const side = isLarge ? SIDE.large : SIDE.small
  if (address === null || address === broken)
    return (
      <span className={classes.box} data-large={isLarge || undefined} aria-hidden>
        <IconPhoto size={side / 2} stroke={1.4} />
      </span>
    )
  return (
    <img
      className={classes.box}
      data-large={isLarge || undefined}
      src={address}
      alt=""
      width={side}
      height={side}
      loading="lazy"
      decoding="async"
      referrerPolicy="no-referrer"
      onError={() => setBroken(address)}
    />
  )
}

/** A product in a list: its picture, and what is said of it. */
export function WithThumbnail({ image, children }: { image: Props['image']; children: ReactNode }) {
  return (
    <div className={classes.named}>
      <Thumbnail image={image} />
      <div>{children}</div>
    </div>
  )
}
