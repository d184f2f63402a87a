import { useEffect } from 'react'

/** Places whose elements go when they close: the focus must not return there. */
const PASSING = '[role="dialog"], [role="menu"], [role="listbox"]'

/** The last element of the page itself that had the focus. A menu returns its focus to its button before it opens a dialog. */
let lastOnPage: HTMLElement | null = null

document.addEventListener('focusin', ({ target }) => {
  if (target instanceof HTMLElement && !target.closest(PASSING)) lastOnPage = target
})

/**
 * Returns the focus when the component goes, to the element that had it before. If that is gone as well, such as the row that was
 * deleted, the focus goes to the heading of the page. Without this a keyboard starts again at the top of the document.
 */
export function useFocusReturn(): void {
  useEffect(() => {
    const before = lastOnPage
    return () => {
      // After the page is drawn again: the next dialog may have taken the focus, and the row may be gone.
      setTimeout(() => {
        const { activeElement, body } = document
        if (activeElement !== null && activeElement !== body) return
        const target = before?.isConnected && isShown(before) ? before : document.querySelector<HTMLElement>('h1')
        target?.focus()
      })
    }
  }, [])
}

function isShown(element: HTMLElement): boolean {
  return element.checkVisibility() && !(element instanceof HTMLButtonElement && element.disabled)
}
