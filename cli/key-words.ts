import { hash } from 'node:crypto'
import { quote } from '../sdk/quote.ts'

/** What makes a public key the key that it is, by `kty`, in the order in which RFC 7638 hashes it. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/**
 * Says a public key (JWK) by its thumbprint (RFC 7638), which is what people can compare, and what else it says of itself; one of
 * another form by all of its members; null for what is no key.
 */
export function sayKey(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null
  const members = new Map<string, unknown>(Object.entries(json))
  if (![...members.values()].every((value) => typeof value === 'string')) return null
  const kty = members.get('kty')
  const named = typeof kty === 'string' && Object.hasOwn(MEMBERS, kty) ? (MEMBERS[kty] ?? []) : []
  const isWhole = named.length > 0 && named.every((name) => members.has(name))
  const others = [...members].filter(([name]) => !isWhole || !named.includes(name) || name === 'crv')
  const thumbprint = hash(
    'sha256',
    JSON.stringify(Object.fromEntries(named.map((name) => [name, members.get(name)]))),
    {
      outputEncoding: 'base64url',
    },
  )
  return [
    ...(isWhole ? [`thumbprint=${thumbprint}`] : []),
    ...others.map(([name, value]) => `${quote.unlessWord(name)}=${quote.unlessWord(String(value))}`),
  ].join(' ')
}
