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

/** Gives an address without the port that some proxies write behind it (RFC 7239 section 6 has both forms). */
export function withoutPort(text: string): string {
  if (!text.includes(':')) return text
  return /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? /^\[([\da-f:.]+)\](?::\d+)?$/i.exec(text)?.[1] ?? text
}

/** Gives the address itself for IPv4, also where it is written inside of IPv6, and the first 64 bits for IPv6; without a port. */
export function networkOf(written: string): string {
  const address = withoutPort(written)
  if (!address.includes(':') || !isIPv6(address)) return address
  const groups = groupsOf(address.replace(/%.*$/, ''))
  const isMapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'
  return (isMapped ? groups.slice(6) : groups.slice(0, 4)).join(':')
}

/** Gives the eight groups of an address of IPv6 without interface, in hexadecimal, without leading zeros. */
export function groupsOf(address: string): readonly string[] {
  const { hostname } = new URL(`http://[${address}]`) // in the one short form of RFC 5952, and no end of it in decimal
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail]
}
