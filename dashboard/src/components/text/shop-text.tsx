import { Fragment } from 'react'

/**
 * Figures with signs between them, such as 10×15, 36–42 or 38 / 40. In a line that runs from right to left the signs would turn
 * the order of the figures round.
 */
const SIZES = /(\p{Nd}[\p{Nd}.,\u066b\u066c]*(?:\s*[×xX*/–—-]\s*\p{Nd}[\p{Nd}.,\u066b\u066c]*)+)/u

/** A text of a shop inside a line: it runs as its own letters do, and its sizes read from left to right. */
export function ShopText({ children }: { children: string }) {
  return (
    <bdi>
      <Sizes>{children}</Sizes>
    </bdi>
  )
}

/** The same for a text whose place has a direction of its own. */
export function Sizes({ children }: { children: string }) {
  const parts = children.split(SIZES)
  if (parts.length === 1) return children
  return parts.map((part, place) =>
    place % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other name.
      <bdi key={place} dir="ltr">
        {part}
      </bdi>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: see above.
      <Fragment key={place}>{part}</Fragment>
    ),
  )
}
