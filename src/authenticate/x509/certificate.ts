import { type KeyObject, X509Certificate } from 'node:crypto'
import {
  type DerNode,
  expectTag,
  readBits,
  readDer,
  readOid,
  readSmallInteger,
  readTime,
  readTruth,
  TAGS,
} from '../../ground/der/read.ts'
import { sha256 } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { isSoundRsa } from '../jws-algorithms.ts'
import { SIGNATURE_HASHES } from './signature.ts'

/** What an X.509 certificate says (RFC 5280 section 4), read from its own bytes; nothing of it is proved yet. */
export interface Certificate {
  readonly der: Uint8Array
  /** SHA-256 of the whole as base64url (RFC 8705 section 3.1). */
  readonly thumbprint: string
  /** Its number among those of its issuer, in hex. */
  readonly serial: string
  /** Names as DER: they are compared byte for byte. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly publicKey: KeyObject
  readonly isAuthority: boolean
  /** How many authorities may stand between this one and the end; null where it does not say. */
  readonly pathLengthMax: number | null
  /** The uses of its key; null where it does not say. */
  readonly keyUses: { readonly isCritical: boolean; readonly bits: ReadonlySet<number> } | null
  /** Purposes by their object identifiers; null where it does not say. */
  readonly purposes: readonly string[] | null
  readonly names: SubjectNames
  /** True where this key made that signature. */
  readonly signed: (other: Certificate) => boolean
}

/** Its alternative names (RFC 5280 section 4.2.1.6), by form, as they stand there. */
export interface SubjectNames {
  readonly uris: readonly string[]
  readonly dns: readonly string[]
  readonly emails: readonly string[]
  readonly ips: readonly string[]
}

/** True for the same name, byte for byte. */
export const isSameName = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

/** Bits of the key usage (RFC 5280 section 4.2.1.3). */
export const KEY_USES = { digitalSignature: 0, certSign: 5, crlSign: 6 } as const

/** Signatures that count: none over MD5 or SHA-1 (RFC 5754, RFC 5758, RFC 4055, RFC 8410). */
const SIGNATURES: ReadonlySet<string> = new Set([...Object.keys(SIGNATURE_HASHES), '1.3.101.112']) // and Ed25519

/** RSASSA-PSS names its hash beside it, SHA-256, SHA-384 or SHA-512 here; SHA-1 where it says none (RFC 4055 section 3.1). */
const PSS = '1.2.840.113549.1.1.10'
const PSS_HASHES: ReadonlySet<string> = new Set([
  '2.16.840.1.101.3.4.2.1',
  '2.16.840.1.101.3.4.2.2',
  '2.16.840.1.101.3.4.2.3',
])

/**
 * Reads a certificate of at most `LIMITS.certificateBytesMax` bytes. Whatever it marks as critical and is not known here
 * refuses it, and so do name constraints, which nobody here would keep. Errors: `certificate_invalid`, with what is wrong.
 */
export function readCertificate(der: Uint8Array): Certificate {
  if (der.length > LIMITS.certificateBytesMax) refuse(`It holds more than ${LIMITS.certificateBytesMax} bytes.`)
  const [body, algorithm, , ...more] = expectTag(readDer(der), TAGS.sequence).children()
  if (more.length > 0) refuse('It holds more than a certificate does.')
  const parts = readBody(expectTag(body, TAGS.sequence))
  if (Buffer.compare(parts.algorithm.whole, expectTag(algorithm, TAGS.sequence).whole) !== 0)
    refuse('It names two algorithms for its one signature.')
  if (!isStrong(parts.algorithm)) refuse('It is signed with an algorithm that is not allowed.')
  const parsed = parse(der)
  const extensions = readExtensions(parts.extensions)
  return {
    der,
    thumbprint: Buffer.from(sha256(der)).toString('base64url'),
    serial: parts.serial,
    issuer: parts.issuer,
    subject: parts.subject,
    notBeforeMs: parts.notBeforeMs,
    notAfterMs: parts.notAfterMs,
    publicKey: readKey(parsed),
    ...describe(extensions),
    signed: (other) => verifySignature(parsed, other),
  }
}

function isStrong(algorithm: DerNode): boolean {
  const [name, terms] = algorithm.children()
  if (readOid(name) !== PSS) return SIGNATURES.has(readOid(name))
  const [hash] = expectTag(terms, TAGS.sequence).children()
  return hash?.tag === 0xa0 && PSS_HASHES.has(readOid(expectTag(hash.children()[0], TAGS.sequence).children()[0]))
}

interface Body {
  readonly serial: string
  readonly algorithm: DerNode
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly extensions: DerNode | undefined
}

/** Of version 3 only: one before that says of nobody whether they are an authority (RFC 5280 section 4.1). */
function readBody(body: DerNode): Body {
  const [version, serial, algorithm, issuer, validity, subject, , ...rest] = body.children()
  if (version?.tag !== 0xa0 || readSmallInteger(version.children()[0]) !== 2) refuse('It is not of version 3.')
  const number = expectTag(serial, TAGS.integer).bytes
  if (number.length > 20) refuse('Its serial number is too long.')
  const [notBefore, notAfter] = expectTag(validity, TAGS.sequence).children()
  const ranks = rest.map(({ tag }) => [0x81, 0x82, 0xa3].indexOf(tag))
  if (ranks.some((rank, at) => rank <= (ranks[at - 1] ?? -1))) refuse('It holds more than a certificate does.')
  return {
    serial: Buffer.from(number).toString('hex'),
    algorithm: expectTag(algorithm, TAGS.sequence),
    issuer: expectTag(issuer, TAGS.sequence).whole,
    subject: expectTag(subject, TAGS.sequence).whole,
    notBeforeMs: readTime(notBefore),
    notAfterMs: readTime(notAfter),
    extensions: rest.find(({ tag }) => tag === 0xa3),
  }
}

interface Extension {
  readonly isCritical: boolean
  readonly value: Uint8Array
}

/** Extensions by their identifiers; one that stands there twice means two things (RFC 5280 section 4.2). */
function readExtensions(outer: DerNode | undefined): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>()
  if (outer === undefined) return found
  for (const node of expectTag(outer.children()[0], TAGS.sequence).children()) {
    const parts = expectTag(node, TAGS.sequence).children()
    const [id, second] = parts
    const isCritical = second?.tag === TAGS.boolean && readTruth(second)
    const name = readOid(id)
    if (found.has(name)) refuse('It holds an extension twice.')
    found.set(name, { isCritical, value: expectTag(parts.at(-1), TAGS.octetString).bytes })
  }
  return found
}

const EXTENSIONS = {
  keyUses: '2.5.29.15',
  subjectNames: '2.5.29.17',
  constraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  // it says under which rules the certificate was given: no rule is asked for here, so each will do
  policies: '2.5.29.32',
  purposes: '2.5.29.37',
} as const

const KNOWN: ReadonlySet<string> = new Set(Object.values(EXTENSIONS))

type Described = Pick<Certificate, 'isAuthority' | 'pathLengthMax' | 'keyUses' | 'purposes' | 'names'>

function describe(extensions: ReadonlyMap<string, Extension>): Described {
  const strange = [...extensions].find(([id, { isCritical }]) => isCritical && !KNOWN.has(id))
  if (strange !== undefined) refuse(`It holds a critical extension that is not known here, ${strange[0]}.`)
  if (extensions.has(EXTENSIONS.nameConstraints)) refuse('It holds name constraints, and they are not kept here.')
  const uses = extensions.get(EXTENSIONS.keyUses)
  const purposes = extensions.get(EXTENSIONS.purposes)
  return {
    ...readConstraints(extensions.get(EXTENSIONS.constraints)),
    keyUses: uses === undefined ? null : { isCritical: uses.isCritical, bits: readBits(readDer(uses.value)) },
    purposes: purposes === undefined ? null : expectTag(readDer(purposes.value), TAGS.sequence).children().map(readOid),
    names: readNames(extensions.get(EXTENSIONS.subjectNames)),
  }
}

function readConstraints(extension: Extension | undefined): Pick<Certificate, 'isAuthority' | 'pathLengthMax'> {
  if (extension === undefined) return { isAuthority: false, pathLengthMax: null }
  const [first, second, ...more] = expectTag(readDer(extension.value), TAGS.sequence).children()
  if (more.length > 0) refuse('Its basic constraints cannot be read.')
  const isAuthority = first !== undefined && readTruth(first)
  if (second !== undefined && !isAuthority) refuse('It bounds a path, and is no authority.')
  return { isAuthority, pathLengthMax: second === undefined ? null : readSmallInteger(second) }
}

const NAME_TAGS = { emails: 0x81, dns: 0x82, uris: 0x86, ips: 0x87 } as const

function readNames(extension: Extension | undefined): SubjectNames {
  const nodes = extension === undefined ? [] : expectTag(readDer(extension.value), TAGS.sequence).children()
  if (nodes.length > LIMITS.subjectNamesMax) refuse(`It holds more than ${LIMITS.subjectNamesMax} names.`)
  const texts = (tag: number): readonly string[] =>
    nodes.filter((node) => node.tag === tag).map(({ bytes }) => readText(bytes))
  return {
    uris: texts(NAME_TAGS.uris),
    dns: texts(NAME_TAGS.dns),
    emails: texts(NAME_TAGS.emails),
    ips: nodes.filter(({ tag }) => tag === NAME_TAGS.ips).map(({ bytes }) => readAddress(bytes)),
  }
}

/** IA5String, without what could not be seen: a name with a zero in it reads as two names to two readers. */
function readText(bytes: Uint8Array): string {
  if (bytes.length === 0 || bytes.some((byte) => byte <= 0x20 || byte >= 0x7f)) refuse('A name in it cannot be read.')
  return Buffer.from(bytes).toString('latin1')
}

function readAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return refuse('An address in it cannot be read.')
  return (Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join(':')
}

function parse(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der)
  } catch (cause) {
    throw new RemitError('certificate_invalid', { detail: 'It is no certificate.', cause })
  }
}

const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

function readKey(certificate: X509Certificate): KeyObject {
  const key = keyOf(certificate)
  return isSoundKey(key) ? key : refuse('It holds a key of a kind or size that does not count here.')
}

/** True for a key of a kind and size that certificates may be of. */
export function isSoundKey({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): boolean {
  return (
    type === 'ed25519' ||
    (type === 'ec' && CURVES.has(details.namedCurve ?? '')) ||
    (type === 'rsa' && isSoundRsa(details))
  )
}

function keyOf(certificate: X509Certificate): KeyObject {
  try {
    return certificate.publicKey
  } catch (cause) {
    throw new RemitError('certificate_invalid', { detail: 'It holds a key that cannot be read.', cause })
  }
}

function verifySignature(authority: X509Certificate, other: Certificate): boolean {
  try {
    return parse(other.der).verify(authority.publicKey)
  } catch {
    return false // what cannot be verified is not signed
  }
}

function refuse(detail: string): never {
  throw new RemitError('certificate_invalid', { detail: `The certificate does not count. ${detail}` })
}
