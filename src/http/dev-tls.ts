import { webcrypto } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toRfc3339 } from '../ground/clock.ts'

/** A certificate with its key, as PEM, and where the authority's certificate is. */
export interface DevTls {
  readonly cert: string
  readonly key: string
  readonly caFile: string
}

const DAY_MS = 86_400_000
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/**
 * Gives a certificate for `host`, localhost and 127.0.0.1 from an authority of this data folder, made where missing.
 * Both live a year; for development only: the authority's key lies in the folder.
 */
export async function makeDevTls(dataDir: string, host: string, nowMs: number): Promise<DevTls> {
  const folder = join(dataDir, 'dev-tls')
  const files = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key'), caFile: join(folder, 'ca.crt') }
  if (!Object.values(files).every(existsSync)) await writeDevTls(folder, host, nowMs)
  return { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8'), caFile: files.caFile }
}

async function writeDevTls(folder: string, host: string, nowMs: number): Promise<void> {
  const x509 = await import('@peculiar/x509')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const times = {
    notBefore: new Date(toRfc3339(nowMs - DAY_MS)),
    notAfter: new Date(toRfc3339(nowMs + 365 * DAY_MS)),
    signingAlgorithm: ALGORITHM,
  }
  const [caKeys, keys] = await Promise.all([
    webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']),
    webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']),
  ])
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...times,
    serialNumber: '01',
    name: 'CN=Remit development authority',
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  })
  const names = [...new Set([host, 'localhost'])].map((value) => ({
    type: /^[\d.:]+$/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }))
  const cert = await x509.X509CertificateGenerator.create({
    ...times,
    serialNumber: '02',
    subject: 'CN=Remit',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension([...names, { type: 'ip', value: '127.0.0.1' }]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  })
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`
  writeFileSync(join(folder, 'server.key'), keyPem, { mode: 0o600 })
  writeFileSync(join(folder, 'server.crt'), cert.toString('pem'))
  writeFileSync(join(folder, 'ca.crt'), ca.toString('pem'))
}
