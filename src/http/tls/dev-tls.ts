import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP, isIPv4, isIPv6 } from 'node:net'
import { join } from 'node:path'
import { groupsOf } from '../../ground/addresses.ts'
import { digestKey, extension, named, toPem, writeCertificate } from '../../ground/der/certificate.ts'
import { bits, type Der, oid, sequence, tagged, truth } from '../../ground/der/write.ts'
import { makeKeyPair } from '../../ground/key-pair.ts'
import { makePrivateFolder } from '../../ground/private-folder.ts'
import { unique } from '../../ground/unique.ts'
import { holdsSomething, writeWhole } from '../../ground/whole-file.ts'

/** A certificate with its key, as PEM, and where the authority's certificate is. */
export interface DevTls {
  readonly cert: string
  readonly key: string
  readonly caFile: string
}

const DAY_MS = 86_400_000

/**
 * Gives a certificate for `host`, localhost and 127.0.0.1 from an authority of this data folder. Both are made where
 * they are missing, are for another host, have no day left, or do not belong together. They live a year; for
 * development only. The authority's key is used once and kept nowhere.
 */
export async function makeDevTls(dataDir: string, host: string, nowMs: number): Promise<DevTls> {
  const folder = join(dataDir, 'dev-tls')
  const files = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key'), caFile: join(folder, 'ca.crt') }
  if (!Object.values(files).every(holdsSomething) || !serves(files, host, nowMs)) writeDevTls(folder, host, nowMs)
  return { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8'), caFile: files.caFile }
}

/** True where what is there is whole, of one making, for this host, and good for a day. */
function serves({ cert, key, caFile }: DevTls, host: string, nowMs: number): boolean {
  try {
    const [server, ca] = [cert, caFile].map((file) => new X509Certificate(readFileSync(file)))
    if (server === undefined || ca === undefined) return false
    const isFor = isIP(host) !== 0 ? server.checkIP(host) : server.checkHost(host)
    const isTimely = [server, ca].every(
      ({ validFromDate, validToDate }) => validFromDate.getTime() <= nowMs && nowMs + DAY_MS <= validToDate.getTime(),
    )
    return (
      isFor !== undefined &&
      isTimely &&
      server.verify(ca.publicKey) &&
      server.checkPrivateKey(createPrivateKey(readFileSync(key)))
    )
  } catch {
    return false // what cannot be read as one is none
  }
}

function writeDevTls(folder: string, host: string, nowMs: number): void {
  makePrivateFolder(folder)
  const [authority, server] = [makeKeyPair('ES256'), makeKeyPair('ES256')]
  const issued = { issuer: 'Remit development authority', signer: authority, nowMs }
  const ca = makeCertificate({ ...issued, subject: issued.issuer, holder: authority, extensions: AUTHORITY_USES })
  const extensions = [serverAuth, subjectNames(unique([host, 'localhost', '127.0.0.1']))]
  const cert = makeCertificate({ ...issued, subject: 'Remit', holder: server, extensions })
  const key = server.privateKey.export({ format: 'pem', type: 'pkcs8' })
  writeWhole(join(folder, 'server.key'), String(key), 0o600, true)
  writeWhole(join(folder, 'server.crt'), cert, 0o644, true)
  writeWhole(join(folder, 'ca.crt'), ca, 0o644, true)
}

/** Basic constraints of an authority, and the use of its key for certificates alone (RFC 5280 sections 4.2.1.9, 4.2.1.3). */
const AUTHORITY_USES: readonly Der[] = [
  extension('2.5.29.19', true, sequence(truth())),
  extension('2.5.29.15', true, bits(Uint8Array.of(0b0000_0100), 2)),
]
const serverAuth = extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1')))

function subjectNames(hosts: readonly string[]): Der {
  const names = hosts.map((host) => {
    const address = readAddress(host)
    return address === undefined ? tagged(2, Buffer.from(host, 'ascii'), false) : tagged(7, address, false)
  })
  return extension('2.5.29.17', false, sequence(...names))
}

/** The bytes of an address (RFC 5280 section 4.2.1.6); undefined for a name. */
function readAddress(host: string): Uint8Array | undefined {
  if (isIPv4(host)) return Uint8Array.from(host.split('.').map(Number))
  if (!isIPv6(host) || host.includes('%')) return undefined
  return Buffer.from(
    groupsOf(host)
      .map((group) => group.padStart(4, '0'))
      .join(''),
    'hex',
  )
}

interface IssuedParts {
  readonly subject: string
  readonly holder: ReturnType<typeof makeKeyPair>
  readonly issuer: string
  readonly signer: ReturnType<typeof makeKeyPair>
  readonly extensions: readonly Der[]
  readonly nowMs: number
}

/** Its serial number is of its key, so that no two are alike. */
function makeCertificate({ subject, holder, issuer, nowMs, ...parts }: IssuedParts): string {
  return toPem(
    writeCertificate({
      ...parts,
      serial: digestKey(holder.publicKey),
      issuer: named(issuer),
      subject: named(subject),
      holder: holder.publicKey,
      fromMs: nowMs - DAY_MS,
      untilMs: nowMs + 365 * DAY_MS,
    }),
  )
}
