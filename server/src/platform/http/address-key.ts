import { BlockList, isIP } from 'node:net'

/**
 * The key under which an address is counted: an IPv4 address, or the /64 network of an IPv6 address, because one host usually has
 * all 2^64 addresses of its /64. An IPv4 address may arrive as `::ffff:203.0.113.7`.
 */
export function addressKey(address: string | undefined): string {
  if (!address) return ''
  if (!address.includes(':')) return address
  const plain = address.toLowerCase().replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  if (mapped?.[1]) return mapped[1]
  const [head = '', tail] = plain.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const behind = tail === '' ? [] : tail.split(':')
    while (groups.length + behind.length < 8) groups.push('0')
    groups.push(...behind)
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/** A list of addresses and networks (IPv4, IPv6, CIDR), each of them well-formed. */
export function addressList(entries: string[]): { has(address: string): boolean } {
  const list = new BlockList()
  for (const entry of entries) {
    const [network = '', bits] = entry.split('/')
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(network, family)
    else list.addSubnet(network, Number(bits), family)
  }
  return {
    /** Returns false for text that is not an address. An IPv4 address may arrive as `::ffff:203.0.113.7`. */
    has: (address) => {
      const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
      const family = isIP(plain)
      return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4')
    },
  }
}
