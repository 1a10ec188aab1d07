import { createPrivateKey, sign } from 'node:crypto'
import { readCertificate } from '../../src/authenticate/x509/certificate.ts'
import { bits, type Der, integer, oid, sequence, tagged, utcTime } from '../../src/ground/der/write.ts'
import type { MadeCertificate } from './certificates.ts'

/** What a list of revoked certificates says; by default none, for an hour around `nowMs`. */
export interface ListParts {
  readonly by: MadeCertificate
  readonly nowMs: number
  readonly serials?: readonly string[]
  readonly fromMs?: number
  readonly untilMs?: number | null
  readonly version?: number | null
  readonly extensions?: readonly Der[]
  readonly entryExtensions?: readonly Der[]
  readonly inner?: string
}

const HOUR_MS = 3_600_000
const ecdsa = '1.2.840.10045.4.3.2'
const time = (ms: number): Der => utcTime(new Date(ms).toISOString())

/** Makes a list as an authority makes it, or as it should not. */
export function makeRevocationList({ by, nowMs, serials = [], version = 1, ...parts }: ListParts): string {
  const { fromMs = nowMs - HOUR_MS, untilMs = nowMs + HOUR_MS, inner = ecdsa } = parts
  const { extensions = [], entryExtensions = [] } = parts
  const entries = serials.map((serial) =>
    sequence(
      integer(Buffer.from(serial, 'hex')),
      time(nowMs),
      ...(entryExtensions.length === 0 ? [] : [sequence(...entryExtensions)]),
    ),
  )
  const body = sequence(
    ...(version === null ? [] : [integer(Uint8Array.of(version))]),
    sequence(oid(inner)),
    Buffer.from(readCertificate(by.der).subject),
    time(fromMs),
    ...(untilMs === null ? [] : [time(untilMs)]),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    ...(extensions.length === 0 ? [] : [tagged(0, sequence(...extensions), true)]),
  )
  const signature = sign('sha256', body, createPrivateKey(by.key))
  return toPem(sequence(body, sequence(oid(ecdsa)), bits(signature)))
}

/** Gives it as PEM. */
export const toPem = (der: Buffer): string =>
  `-----BEGIN X509 CRL-----\n${der.toString('base64')}\n-----END X509 CRL-----\n`
