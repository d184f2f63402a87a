import { isIP } from 'node:net'
import type { Issue } from '../platform/errors.ts'
import { addressList } from '../platform/http/address-key.ts'

/** Finds the first invalid entry in a list of addresses and networks (IPv4, IPv6, CIDR); null: all are valid. */
export function addressIssue(allowed: string[]): Issue | null {
  for (const [index, entry] of allowed.entries()) {
    const [network = '', bits, ...rest] = entry.split('/')
    const family = isIP(network)
    const widest = family === 6 ? 128 : 32
    if (!family || rest.length > 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= widest))) {
      return {
        path: `allowed_ips.${index}`,
        detail: {
          en: 'must be an address or network, such as 203.0.113.7 or 2001:db8::/32',
          fa: 'باید یک نشانی یا شبکه باشد، مانند 203.0.113.7 یا 2001:db8::/32',
        },
      }
    }
  }
  return null
}

/** An IPv4 address may arrive as `::ffff:203.0.113.7`. */
export function isAllowedAddress(address: string, allowed: string[]): boolean {
  return addressList(allowed).has(address)
}
