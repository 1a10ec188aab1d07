import { createPublicKey, verify } from 'node:crypto'
import { isMembers } from '../../sdk/members.ts'
import { CallRefused, STATUS } from './grpc-server.ts'
import type { ShownSvid } from './kept-svid.ts'

/** A JWT-SVID that was verified. */
export interface ValidJwt {
  readonly spiffeId: string
  readonly claims: Readonly<Record<string, unknown>>
}

const charsMax = 16 * 1024

/**
 * Verifies a JWT-SVID of our own trust domain for a workload that has no library for it (Workload API section 6.2.4, JWT-SVID
 * section 5): signature by a key of the bundle, subject, audience, times. Throws `CallRefused` for any other one.
 */
export function validateJwt(svid: string, audience: string, shown: ShownSvid, nowMs: number): ValidJwt {
  const [head = '', body = '', signature = '', ...more] = svid.split('.')
  if (svid.length > charsMax || signature === '' || more.length > 0) refuse('it is no JWT-SVID')
  const [header, claims] = [readPart(head), readPart(body)]
  requireHeader(header)
  const jwk = shown.bundle.keys.find(({ use, kid }) => use === 'jwt-svid' && kid === header['kid'])
  if (jwk === undefined) return refuse('no key of the bundle signed it')
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${body}`, 'ascii'),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  if (!isSigned) refuse('no key of the bundle signed it')
  const { sub, aud, exp } = claims
  if (typeof sub !== 'string' || !sub.startsWith(`spiffe://${shown.trustDomain}/`)) return refuse('it is of others')
  if (audience === '' || !(Array.isArray(aud) ? aud : [aud]).includes(audience)) refuse('it is for another audience')
  if (typeof exp !== 'number' || exp * 1000 <= nowMs) refuse('it has expired')
  return { spiffeId: sub, claims }
}

const HEADERS: readonly string[] = ['alg', 'kid', 'typ']

/** JWT-SVID section 2: these and no others. Our keys sign by ES256. */
function requireHeader(header: Readonly<Record<string, unknown>>): void {
  const { alg, typ } = header
  const isKnown = Object.keys(header).every((name) => HEADERS.includes(name))
  if (alg !== 'ES256' || !isKnown || ![undefined, 'JWT', 'JOSE'].includes(typ as string | undefined))
    refuse('its header is not that of a JWT-SVID')
}

function readPart(text: string): Readonly<Record<string, unknown>> {
  try {
    const part: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (isMembers(part)) return part
  } catch {
    // what cannot be read is refused below
  }
  return refuse('it is no JWT-SVID')
}

function refuse(why: string): never {
  throw new CallRefused(STATUS.invalidArgument, why)
}
