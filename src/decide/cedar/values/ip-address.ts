import { isIPv4, isIPv6 } from 'node:net'
import { EvaluationFault } from './evaluation-fault.ts'
import { IpAddress } from './value.ts'

/** The most characters of an address with its range, as Cedar bounds it. */
const textCharsMax = 43

const PREFIX = { 32: /^(?:0|[1-9][0-9]?)$/, 128: /^(?:0|[1-9][0-9]{0,2})$/ } as const

/**
 * Reads `10.0.0.0/8` or `2001:db8::1`. Errors: `EvaluationFault` for any other form, and for version 4 written inside of
 * version 6.
 */
export function parseIpAddress(text: string): IpAddress {
  const slash = text.indexOf('/')
  const host = slash < 0 ? text : text.slice(0, slash)
  const bits = bitsOf(host)
  if (text.length > textCharsMax || bits === undefined)
    throw new EvaluationFault(`"${text}" is no IP address`, 'it is no IP address')
  return new IpAddress(bits, bits === 32 ? readIpv4(host) : readIpv6(host), readPrefix(text, slash, bits))
}

function bitsOf(host: string): 32 | 128 | undefined {
  if (isIPv4(host)) return 32
  return isIPv6(host) && !/[.%]/.test(host) ? 128 : undefined
}

function readPrefix(text: string, slash: number, bits: 32 | 128): number {
  if (slash < 0) return bits
  const prefix = text.slice(slash + 1)
  if (!PREFIX[bits].test(prefix) || Number(prefix) > bits)
    throw new EvaluationFault(`"${text}" is no range of addresses`, 'it is no range of addresses')
  return Number(prefix)
}

function readIpv4(host: string): bigint {
  return host.split('.').reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
}

function readIpv6(host: string): bigint {
  const [head = '', tail] = host.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

/** True where every address of `inner` is one of `outer`. Two versions share no address. */
export function isInRange(inner: IpAddress, outer: IpAddress): boolean {
  if (inner.bits !== outer.bits || inner.prefix < outer.prefix) return false
  const host = BigInt(outer.bits - outer.prefix)
  return inner.address >> host === outer.address >> host
}

const LOOPBACK = { 32: new IpAddress(32, 127n << 24n, 8), 128: new IpAddress(128, 1n, 128) } as const
const MULTICAST = { 32: new IpAddress(32, 224n << 24n, 4), 128: new IpAddress(128, 0xffn << 120n, 8) } as const

export function isLoopback(range: IpAddress): boolean {
  return isInRange(range, LOOPBACK[range.bits])
}

export function isMulticast(range: IpAddress): boolean {
  return isInRange(range, MULTICAST[range.bits])
}
