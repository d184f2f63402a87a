const OWN_COMPUTER = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\])$/
const OWN_NETWORK =
  /^(10(\.\d{1,3}){3}|192\.168(\.\d{1,3}){2}|172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2}|169\.254(\.\d{1,3}){2}|.*\.(local|lan|home|internal)|\[f[cd][^\]]*\]|\[fe80[^\]]*\])$/

/** From where a shop cannot reach this host: another computer, another network, or nowhere (null). */
export function reachOf(hostname: string): 'computer' | 'network' | null {
  const host = hostname.toLowerCase()
  if (OWN_COMPUTER.test(host)) return 'computer'
  // A name without a dot is known in the own network only.
  if (OWN_NETWORK.test(host) || !/[.:]/.test(host)) return 'network'
  return null
}
