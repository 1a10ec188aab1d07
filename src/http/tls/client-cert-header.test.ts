import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { makeSelfSigned } from '../../../test/issuer/certificates.ts'
import { isError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { readPeerHeader } from './client-cert-header.ts'

const { der, thumbprint } = makeSelfSigned()
const item = (bytes: Uint8Array): string => `:${Buffer.from(bytes).toString('base64')}:`

/** What becomes of headers that come from an address, and how often they were passed over. */
function read(remoteAddress: string, headers: Readonly<Record<string, string>>): unknown {
  let ignored = 0
  const peerOf = readPeerHeader(['127.0.0.1', '10.1.0.0/16', 'fd00::/8'], () => {
    ignored += 1
  })
  try {
    const peer = peerOf({ headers, socket: { remoteAddress } } as unknown as IncomingMessage)
    if (ignored > 0) return peer === undefined ? 'passed over' : 'both'
    return peer === undefined ? 'none' : { thumbprint: peer.thumbprint, certificates: peer.chain.length }
  } catch (error) {
    return isError(error, 'request_invalid') ? 'request_invalid' : error
  }
}

describe('the header of a client certificate (RFC 9440)', () => {
  it.each(['127.0.0.1', '::ffff:127.0.0.1', '10.1.255.1', 'fd12::1'])('counts from the proxy %s', (address) => {
    expect(read(address, { 'client-cert': item(der) })).toEqual({ thumbprint, certificates: 1 })
    const chain = `${item(der)}, ${item(der)}`
    expect(read(address, { 'client-cert': item(der), 'client-cert-chain': chain })).toEqual({
      thumbprint,
      certificates: 3,
    })
    expect(read(address, {})).toBe('none')
  })

  it.each(['127.0.0.2', '10.2.0.1', '::1', '::ffff:10.2.0.1', 'fe80::1', ''])('is passed over from %j', (address) => {
    expect(read(address, { 'client-cert': item(der) })).toBe('passed over')
    expect(read(address, { 'client-cert-chain': item(der) })).toBe('passed over')
  })

  it.each([
    ['it is empty', ''],
    ['it is PEM', '-----BEGIN CERTIFICATE-----'],
    ['it is no byte sequence', Buffer.from(der).toString('base64')],
    ['it has parameters', `${item(der)};a=1`],
    ['it is a list', `${item(der)}, ${item(der)}`],
    ['it is escaped as others do', encodeURIComponent(item(der))],
  ])('is refused where %s', (_, header) => {
    expect(read('127.0.0.1', { 'client-cert': header })).toBe('request_invalid')
  })

  it('is refused where the chain comes alone, or is too long', () => {
    expect(read('127.0.0.1', { 'client-cert-chain': item(der) })).toBe('request_invalid')
    const long = Array.from({ length: LIMITS.chainCertificatesMax + 1 }, () => item(der)).join(',')
    expect(read('127.0.0.1', { 'client-cert': item(der), 'client-cert-chain': long })).toBe('request_invalid')
  })
})
