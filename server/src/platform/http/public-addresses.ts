import { BlockList, isIP } from 'node:net'

/** Networks that no request may reach, whatever the operator allows: link-local (cloud metadata), multicast, broadcast, unspecified. */
const NEVER = {
  ipv4: blockList('ipv4', ['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '100.100.100.200/32']),
  ipv6: blockList('ipv6', ['::/128', 'fe80::/10', 'ff00::/8', 'fd00:ec2::/32', '64:ff9b::/96', '64:ff9b:1::/48']),
}

/** Networks of an organisation or a machine, and those reserved for other uses (IANA's registries of special-purpose addresses). */
const PRIVATE = {
  ipv4: blockList('ipv4', [
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
  ]),
  // Tunnels (Teredo in 2001::/23, 6to4) may lead to a private IPv4 address.
  ipv6: blockList('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16']),
}

/** The only IPv6 addresses of the internet. */
const GLOBAL_IPV6 = blockList('ipv6', ['2000::/3'])

function blockList(family: 'ipv4' | 'ipv6', networks: string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}

/** True when a request may connect to this IP address. `allowsPrivate`: also to this machine and to private networks. Pure. */
export function mayConnectTo(address: string, allowsPrivate: boolean): boolean {
  const plain = address.replace(/%.*$/, '')
  const version = isIP(plain)
  if (version === 0) return false
  if (version === 4) {
    if (NEVER.ipv4.check(plain, 'ipv4')) return false
    return allowsPrivate || !PRIVATE.ipv4.check(plain, 'ipv4')
  }
  // `BlockList` also checks an IPv4 address inside an IPv6 one (::ffff:0:0/96) against the networks of IPv4.
  if (NEVER.ipv6.check(plain, 'ipv6') || NEVER.ipv4.check(plain, 'ipv6')) return false
  return allowsPrivate || (GLOBAL_IPV6.check(plain, 'ipv6') && !PRIVATE.ipv6.check(plain, 'ipv6'))
}
