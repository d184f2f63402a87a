declare global {
  /** The library that locks scrolling behind a dialog reads the nonce of its style element from this variable. */
  var __webpack_nonce__: string | undefined
}

/** The nonce of this very answer, without which the browser ignores a style element (server: dashboard-routes.ts). */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
}

export function giveNonceToLibraries(): void {
  globalThis.__webpack_nonce__ = styleNonce()
}
