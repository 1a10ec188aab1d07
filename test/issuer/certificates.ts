import { constants, createHash, type KeyObject, sign } from 'node:crypto'
import {
  bits,
  type Der,
  integer,
  octets,
  oid,
  sequence,
  set,
  tagged,
  text,
  truth,
  utcTime,
} from '../../src/ground/der/write.ts'
import { makeKeyPair } from '../../src/ground/key-pair.ts'

/** A certificate, its key, and the names by which others refer to it. */
export interface MadeCertificate {
  readonly der: Buffer
  readonly pem: string
  readonly key: string
  readonly thumbprint: string
  /** Makes a certificate that this one signs, whether it may or not. */
  readonly issue: (parts?: CertificateParts) => MadeCertificate
}

/** What a certificate says; by default a leaf that lives an hour around `nowMs`. */
export interface CertificateParts {
  readonly commonName?: string | null
  readonly uris?: readonly string[]
  readonly dns?: readonly string[]
  readonly isAuthority?: boolean
  readonly pathLength?: number
  /** Bits of the key usage; null leaves it out. Default: digitalSignature, for an authority keyCertSign and cRLSign. */
  readonly keyUses?: readonly number[] | null
  readonly isKeyUseCritical?: boolean
  /** Default: both sides of TLS for a leaf; null leaves it out. */
  readonly purposes?: readonly string[] | null
  readonly nowMs?: number
  readonly fromMs?: number
  readonly untilMs?: number
  /** As they are, behind all others. */
  readonly extensions?: readonly Der[]
  readonly version?: number
  readonly pair?: KeyPair
  /** How it is signed. Default: ECDSA with SHA-256. */
  readonly signature?: Signature
}

/** An algorithm as a certificate names it, and a signature by it. */
export interface Signature {
  readonly algorithm: Der
  readonly sign: (body: Der, key: KeyObject) => Uint8Array
}

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const HOUR_MS = 3_600_000

const ECDSA: Signature = {
  algorithm: sequence(oid('1.2.840.10045.4.3.2')),
  sign: (body, key) => sign('sha256', body, key),
}

/** RSASSA-PSS with a hash, its identifier and its bytes (RFC 4055 section 3.1); without an identifier, nothing is said of it. */
export function pssOf(hash: 'sha1' | 'sha256', identifier: string | null, saltBytes: number): Signature {
  const named = identifier === null ? [] : [sequence(oid(identifier))]
  const members = named.flatMap((each) => [
    tagged(0, each, true),
    tagged(1, sequence(oid('1.2.840.113549.1.1.8'), each), true),
    tagged(2, integer(Uint8Array.of(saltBytes)), true),
  ])
  return {
    algorithm: sequence(oid('1.2.840.113549.1.1.10'), sequence(...members)),
    sign: (body, key) => sign(hash, body, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltBytes }),
  }
}

/** Makes one extension. */
export const extension = (id: string, isCritical: boolean, value: Der): Der =>
  sequence(oid(id), ...(isCritical ? [truth()] : []), octets(value))

/** Makes an authority that signed itself. */
export function makeAuthority(parts: CertificateParts = {}): MadeCertificate {
  const pair = parts.pair ?? makeKeyPair('ES256')
  const whole = { commonName: 'Test authority', isAuthority: true, ...parts, pair }
  return make(whole, { pair, commonName: whole.commonName })
}

/** Makes a leaf that signed itself, as clients without an authority do (RFC 8705 section 2.2). */
export function makeSelfSigned(parts: CertificateParts = {}): MadeCertificate {
  const pair = parts.pair ?? makeKeyPair('ES256')
  return make({ commonName: 'self', ...parts, pair }, { pair, commonName: parts.commonName ?? 'self' })
}

interface Issuer {
  readonly pair: KeyPair
  readonly commonName: string | null
}

function make(parts: CertificateParts & { readonly pair: KeyPair }, issuer: Issuer): MadeCertificate {
  const { pair, commonName = 'leaf', signature = ECDSA } = parts
  const { algorithm } = signature
  const body = writeBody(parts, { ...issuer, algorithm })
  const der = sequence(body, algorithm, bits(signature.sign(body, issuer.pair.privateKey)))
  return {
    der,
    pem: toPem(der),
    key: String(pair.privateKey.export({ format: 'pem', type: 'pkcs8' })),
    thumbprint: createHash('sha256').update(der).digest('base64url'),
    issue: (more = {}) => make({ ...more, pair: more.pair ?? makeKeyPair('ES256') }, { pair, commonName }),
  }
}

let serials = 0

function writeBody(parts: CertificateParts & { readonly pair: KeyPair }, issuer: Issuer & { algorithm: Der }): Der {
  const { pair, commonName = 'leaf', nowMs = Date.now(), version = 2 } = parts
  const { fromMs = nowMs - HOUR_MS, untilMs = nowMs + HOUR_MS } = parts
  const extensions = [...describe(parts), ...(parts.extensions ?? [])]
  serials += 1
  return sequence(
    tagged(0, integer(Uint8Array.of(version)), true),
    integer(Uint8Array.of(0x40, serials >> 8, serials & 0xff)),
    issuer.algorithm,
    named(issuer.commonName),
    sequence(time(fromMs), time(untilMs)),
    named(commonName),
    pair.publicKey.export({ format: 'der', type: 'spki' }),
    ...(extensions.length === 0 ? [] : [tagged(3, sequence(...extensions), true)]),
  )
}

function describe(parts: CertificateParts): readonly Der[] {
  const { isAuthority = false, pathLength, uris = [], dns = [], isKeyUseCritical = true } = parts
  const { keyUses = isAuthority ? [5, 6] : [0] } = parts
  const { purposes = isAuthority ? null : ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'] } = parts
  const names = [
    ...uris.map((uri) => tagged(6, Buffer.from(uri, 'latin1'), false)),
    ...dns.map((name) => tagged(2, Buffer.from(name, 'latin1'), false)),
  ]
  const bound = pathLength === undefined ? [] : [integer(Uint8Array.of(pathLength))]
  return [
    ...(isAuthority ? [extension('2.5.29.19', true, sequence(truth(), ...bound))] : []),
    ...(keyUses === null ? [] : [extension('2.5.29.15', isKeyUseCritical, useBits(keyUses))]),
    ...(purposes === null ? [] : [extension('2.5.29.37', false, sequence(...purposes.map(oid)))]),
    ...(names.length === 0 ? [] : [extension('2.5.29.17', parts.commonName === null, sequence(...names))]),
  ]
}

function useBits(uses: readonly number[]): Der {
  const byte = uses.reduce((sum, bit) => sum | (0x80 >> bit), 0)
  const unused = 7 - Math.max(...uses, 0)
  return bits(Uint8Array.of(byte), unused)
}

const named = (commonName: string | null): Der =>
  commonName === null ? sequence() : sequence(set(sequence(oid('2.5.4.3'), text(commonName))))

const time = (atMs: number): Der => utcTime(new Date(atMs).toISOString())

function toPem(der: Buffer): string {
  const lines = der.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}
