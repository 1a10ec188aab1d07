import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** IPv4 that is nobody's on the internet (IANA special-purpose registry, RFC 6890). */
const OWN_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]
/** Of the one block of IPv6 that is global unicast, what is not, or leads to an IPv4 that nobody looked at. */
const OWN_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

const own = new BlockList()
for (const [network, prefix] of OWN_V4) own.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of OWN_V6) own.addSubnet(network, prefix, 'ipv6')
const global = new BlockList()
global.addSubnet('2000::', 3, 'ipv6')

/** True for an address of the public internet; false for loopback, link-local, private and all that is reserved. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !own.check(address, 'ipv4')
  return isIPv6(address) && global.check(address, 'ipv6') && !own.check(address, 'ipv6')
}
