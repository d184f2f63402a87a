import { type ReactNode, useEffect, useRef, useState } from 'react'

interface Props {
  children: ReactNode
  fallback: ReactNode
  /** True: the address asks for something in the children, so that they are loaded at once. */
  isAskedFor?: boolean
}

/**
 * Renders its children when the reader scrolls near them, and keeps them. Until then neither their code nor their data is loaded. Any key
 * counts as well: Tab must not jump over them, and the browser's search must find them.
 */
export function WhenNear({ children, fallback, isAskedFor = false }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const [isNear, setIsNear] = useState(isAskedFor)
  useEffect(() => {
    if (place.current === null) return
    const come = () => setIsNear(true)
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) come()
      },
      { rootMargin: '100px' },
    )
    observer.observe(place.current)
    window.addEventListener('keydown', come, { once: true })
    return () => {
      observer.disconnect()
      window.removeEventListener('keydown', come)
    }
  }, [])
  return isNear ? (
    children
  ) : (
    <div ref={place} data-waits>
      {fallback}
    </div>
  )
}
