import { expect, it } from 'vitest'
import { groupsOf, listAddresses, networkOf } from './addresses.ts'

it.each([
  ['::', '0:0:0:0:0:0:0:0'],
  ['::1', '0:0:0:0:0:0:0:1'],
  ['fd00::', 'fd00:0:0:0:0:0:0:0'],
  ['2001:0DB8:0:0:1::', '2001:db8:0:0:1:0:0:0'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ['64:ff9b::10.0.0.1', '64:ff9b:0:0:0:0:a00:1'],
])('the groups of %s are %s', (address, groups) => {
  expect(groupsOf(address).join(':')).toBe(groups)
})

it.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', 'a00:1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['10.0.0.1:4711', '10.0.0.1'],
  ['[2001:db8:1:2::6]:4711', '2001:db8:1:2'],
  ['[2001:db8:1:2::6]', '2001:db8:1:2'],
  ['', ''],
])('the network of %j is %j', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

it('a list of addresses holds IPv4 as a socket of both families tells it too', () => {
  const isListed = listAddresses(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'])
  expect(['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::7', '192.0.2.7'].map(isListed)).toEqual([true, true, true, true])
  expect(['11.1.2.3', '2001:db9::7', '192.0.2.8', ''].map(isListed)).toEqual([false, false, false, false])
})
