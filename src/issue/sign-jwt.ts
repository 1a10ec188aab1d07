import { sign } from 'node:crypto'
import { RemitError } from '../ground/errors.ts'
import { type JwtType, maySign } from './jwt-types.ts'
import type { OpenKey } from './signing-key.ts'

/**
 * Gives a JWT in compact form (RFC 7515 section 7.1), signed with ES256, or RS256 by an RSA key. Error: `internal` for a kind that
 * this key does not sign.
 */
export async function signJwt(key: OpenKey, type: JwtType, claims: object): Promise<string> {
  // one of ES256 takes less than the way to another thread and back; one of RSA takes so long that others would wait for it
  return key.algorithm === 'ES256' ? signJwtAtOnce(key, type, claims) : await signJwtBeside(key, type, claims)
}

async function signJwtBeside(key: OpenKey, type: JwtType, claims: object): Promise<string> {
  const input = writeInput(key, type, claims)
  const signer = { key: key.privateKey, dsaEncoding: 'ieee-p1363' } as const
  return new Promise((resolve, reject) => {
    sign('sha256', Buffer.from(input, 'ascii'), signer, (error, signature) =>
      error === null ? resolve(`${input}.${signature.toString('base64url')}`) : reject(error),
    )
  })
}

/** As `signJwt`, on the spot: for what is made within one step. */
export function signJwtAtOnce(key: OpenKey, type: JwtType, claims: object): string {
  const input = writeInput(key, type, claims)
  const signature = sign('sha256', Buffer.from(input, 'ascii'), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

function writeInput(key: OpenKey, type: JwtType, claims: object): string {
  if (!maySign(key.use, type))
    throw new RemitError('internal', { cause: new Error(`a key for ${key.use} signs no ${type}`) })
  return `${encode({ alg: key.algorithm, typ: type, kid: key.id })}.${encode(claims)}`
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part), 'utf8').toString('base64url')
}
