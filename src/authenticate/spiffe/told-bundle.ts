import { LIMITS } from '../../ground/limits.ts'
import type { LoadedKeys } from '../assertion/key-source.ts'

/** A bundle of another trust domain, as workloads of ours are told it (SPIFFE Trust Domain and Bundle section 4). */
export interface ToldBundle {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
  /** Left out where its own place says none. */
  readonly spiffe_sequence?: number
  readonly spiffe_refresh_hint: number
}

/** Tells the keys that count here, and nothing else of the bundle that was read: what was left out there signs nothing here. */
export function tellBundle({ keys, authorities = [], sequence, maxAgeMs }: LoadedKeys): ToldBundle {
  const x509 = authorities.map(({ publicKey, der }) => ({
    ...publicKey.export({ format: 'jwk' }),
    use: 'x509-svid',
    x5c: [Buffer.from(der).toString('base64')],
  }))
  const jwt = keys.map(({ object, kid }) => ({ ...object.export({ format: 'jwk' }), kid, use: 'jwt-svid' }))
  const number = Number(sequence ?? Number.NaN)
  return {
    keys: [...x509, ...jwt],
    ...(Number.isSafeInteger(number) ? { spiffe_sequence: number } : {}),
    // it is read no more often here, so that nobody finds another one sooner
    spiffe_refresh_hint: Math.floor(Math.max(maxAgeMs, LIMITS.jwksCooldownMs) / 1000),
  }
}
