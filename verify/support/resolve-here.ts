import dns from 'node:dns'

/**
 * Makes a name of the public internet resolve to this machine, in this process: a fake provider then has an address that is not the
 * operator's own. Returns the way back.
 */
export function resolveHere(name: string): () => void {
  const real = dns.lookup
  const lookup = (host: string, options: unknown, done?: unknown) =>
    Reflect.apply(real, dns, [host === name ? '127.0.0.1' : host, options, done])
  dns.lookup = lookup as typeof dns.lookup
  return () => {
    dns.lookup = real
  }
}
