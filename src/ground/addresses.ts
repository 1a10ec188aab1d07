import { BlockList, isIPv6 } from 'node:net'

/**
 * Makes what says whether an address, as a socket tells it, is one of these, or of one of these networks: IPv4 or IPv6,
 * such as `10.0.0.0/8`.
 */
export function listAddresses(addresses: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const text of addresses) {
    const [address = '', prefix] = text.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return (address) => {
    const plain = address.replace(IN_IPV6, '')
    return plain !== '' && list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
  }
}

/** A socket that takes both families tells IPv4 in the clothes of IPv6. */
const IN_IPV6 = /^::ffff:(?=\d+\.)/i

/** Gives the address itself for IPv4, also where it is written inside of IPv6, and the first 64 bits for IPv6. */
export function networkOf(address: string): string {
  if (!address.includes(':') || !isIPv6(address)) return address
  const { hostname } = new URL(`http://[${address.replace(/%.*$/, '')}]`) // in the one short form of RFC 5952
  const mapped = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(hostname)
  if (mapped !== null) return `${mapped[1]}:${mapped[2]}`
  const [head = '', tail] = hostname.slice(1, -1).split('::')
  const [before, after] = [head.split(':'), tail === undefined ? [] : tail.split(':')]
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before.map((group) => group || '0'), ...zeros, ...after].slice(0, 4).join(':')
}
