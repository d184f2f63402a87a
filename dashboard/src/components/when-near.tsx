import { type ReactNode, useEffect, useRef, useState } from 'react'

interface Props {
  children: ReactNode
  fallback: ReactNode
  /** True: the address asks for something in the children, so that they are loaded at once. */
  isAskedFor?: boolean
}

/** Renders its children when the reader scrolls near them, and keeps them. Until then neither their code nor their data is loaded. */
export function WhenNear({ children, fallback, isAskedFor = false }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const [isNear, setIsNear] = useState(isAskedFor)
  useEffect(() => {
    if (place.current === null) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) setIsNear(true)
      },
      { rootMargin: '100px' },
    )
    observer.observe(place.current)
    return () => observer.disconnect()
  }, [])
  return isNear ? children : <div ref={place}>{fallback}</div>
}
