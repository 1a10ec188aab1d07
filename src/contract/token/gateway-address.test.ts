import { expect, it } from 'vitest'
import { gatewayAddress, isOwnDoor, metadataAddress, serverOfAudience } from './gateway-address.ts'

const house = 'https://remit.example'

it('the name of a server is found in its address, and in no other one', () => {
  expect(serverOfAudience(gatewayAddress(house, 'docs'))).toBe('docs')
  expect([house, `${house}/mcp/`, 'https://x/mcp/docs/y', 'x'].map(serverOfAudience)).toEqual([null, null, null, null])
})

it('the house and each server say at an address of their own how one is let in', () => {
  expect(metadataAddress(house, null)).toBe(`${house}/.well-known/oauth-protected-resource`)
  expect(metadataAddress(house, 'docs')).toBe(`${house}/.well-known/oauth-protected-resource/mcp/docs`)
})

it('a door of ours is the house, or a server behind its gateway', () => {
  for (const own of [house, gatewayAddress(house, 'docs')]) expect(isOwnDoor(house, own)).toBe(true)
  for (const other of [
    'https://other.example',
    gatewayAddress('https://other.example', 'docs'),
    `${house}/mcp/`,
    `${house}/mcp/docs/y`,
  ])
    expect(isOwnDoor(house, other)).toBe(false)
})
