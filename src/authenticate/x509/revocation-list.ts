import {
  type DerNode,
  expectTag,
  readDer,
  readOid,
  readSmallInteger,
  readTime,
  readTruth,
  TAGS,
} from '../../ground/der/read.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type Certificate, isSameName, KEY_USES } from './certificate.ts'
import { readSignature } from './signature.ts'

/** A list of certificates that count no more (RFC 5280 section 5), whose signature was verified. */
export interface RevocationList {
  /** The name of who made it, and the certificates that are meant, as DER. */
  readonly issuer: Uint8Array
  readonly fromMs: number
  readonly untilMs: number
  /** In hex. */
  readonly serials: ReadonlySet<string>
}

const BLOCK = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g

/**
 * Reads the lists in a text, as PEM: each of at most `LIMITS.revocationBytesMax` bytes, with an end, whole (no part of one, no
 * difference to one), and signed by one of `authorities`. Errors: `certificate_invalid`, with what is wrong.
 */
export function readRevocationLists(pem: string, authorities: readonly Certificate[]): readonly RevocationList[] {
  const blocks = [...pem.matchAll(BLOCK)].map(([, text = '']) => Buffer.from(text, 'base64'))
  if (blocks.length === 0 || blocks.length > LIMITS.authoritiesMax)
    refuse(`There have to be 1 to ${LIMITS.authoritiesMax} lists as PEM.`)
  return blocks.map((der) => readList(der, authorities))
}

function readList(der: Uint8Array, authorities: readonly Certificate[]): RevocationList {
  if (der.length > LIMITS.revocationBytesMax) refuse(`It holds more than ${LIMITS.revocationBytesMax} bytes.`)
  const [body, algorithm, signature, ...more] = expectTag(readDer(der), TAGS.sequence).children()
  if (body === undefined || more.length > 0) refuse('It holds more than a list does.')
  const isSigned = readSignature(algorithm, signature)
  if (isSigned === undefined) refuse('It is signed with an algorithm that is not allowed.')
  const { inner, list } = readBody(expectTag(body, TAGS.sequence))
  if (Buffer.compare(inner.whole, algorithm?.whole ?? new Uint8Array()) !== 0)
    refuse('It names two algorithms for its one signature.')
  const signers = authorities.filter((by) => isSameName(by.subject, list.issuer) && maySignLists(by))
  if (!signers.some(({ publicKey }) => isSigned(body, publicKey))) refuse('No authority that counts here signed it.')
  return list
}

/** An authority that says what its key is for has to say this too (RFC 5280 section 6.3.3). */
const maySignLists = ({ keyUses }: Certificate): boolean => keyUses?.bits.has(KEY_USES.crlSign) !== false

function readBody(body: DerNode): { readonly inner: DerNode; readonly list: RevocationList } {
  const [version, ...parts] = body.children()
  // a list of version 1 begins without any, and cannot say what it leaves out
  if (version?.tag !== TAGS.integer || readSmallInteger(version) !== 1)
    refuse('It has to be of version 2 (OpenSSL makes such with crlnumber).')
  const [inner, issuer, from, until, ...rest] = parts
  // without an end, an old one that is put back would count for ever
  const [entries, extensions, ...more] = rest[0]?.tag === TAGS.sequence ? rest : [undefined, ...rest]
  if (more.length > 0 || (extensions !== undefined && extensions.tag !== 0xa0))
    refuse('It holds more than a list does.')
  if (extensions !== undefined) refuseCritical(extensions.children()[0])
  return {
    inner: expectTag(inner, TAGS.sequence),
    list: {
      issuer: expectTag(issuer, TAGS.sequence).whole,
      fromMs: readTime(from),
      untilMs: readTime(until),
      serials: new Set(entries?.children().map(readSerial) ?? []),
    },
  }
}

function readSerial(entry: DerNode): string {
  const [serial, , extensions] = expectTag(entry, TAGS.sequence).children()
  if (extensions !== undefined) refuseCritical(extensions)
  return Buffer.from(expectTag(serial, TAGS.integer).bytes).toString('hex')
}

/**
 * Whatever is critical changes what the list means: for a part of the certificates, for those of others, beside another list.
 */
function refuseCritical(extensions: DerNode | undefined): void {
  for (const node of expectTag(extensions, TAGS.sequence).children()) {
    const [id, second] = expectTag(node, TAGS.sequence).children()
    if (second?.tag === TAGS.boolean && readTruth(second))
      refuse(`It holds a critical extension that is not known here, ${readOid(id)}.`)
  }
}

/**
 * Refuses (`certificate_invalid`) a certificate that was revoked, and one of which nobody says now whether it was: a list of
 * its issuer has to be there, in its time. Of the others that were shown, those are looked at that a list is of.
 */
export function refuseRevoked(chain: readonly Certificate[], lists: readonly RevocationList[], nowMs: number): void {
  const [leaf] = chain
  if (leaf === undefined) return
  const known = lists.filter(({ issuer }) => isSameName(issuer, leaf.issuer))
  if (!known.some(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs))
    refuseCertificate('Its authority says at this time of no certificate whether it was revoked.')
  if (chain.some((each) => lists.some((list) => isSameName(list.issuer, each.issuer) && list.serials.has(each.serial))))
    refuseCertificate('It was revoked.')
}

function refuse(detail: string): never {
  throw new RemitError('certificate_invalid', { detail: `The list of revoked certificates does not count. ${detail}` })
}

function refuseCertificate(detail: string): never {
  throw new RemitError('certificate_invalid', { detail: `The certificate does not count. ${detail}` })
}
