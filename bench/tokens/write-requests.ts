import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { createProofKey, type ProofKey } from '../../sdk/dpop.ts'
import { makeKeyPair } from '../../src/ground/key-pair.ts'
import type { LoadJob } from '../load-job.ts'
import type { Stage } from '../stage.ts'

/** Requests, as they go out one after the other. */
export type Requests = Pick<LoadJob, 'url' | 'headers' | 'bodies' | 'proofs' | 'expects'>

/** Makes so many requests. */
export type WriteRequests = (count: number) => Promise<Requests>

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt'

const repeat = async (count: number, make: () => Promise<string>): Promise<readonly string[]> => {
  const made: string[] = []
  while (made.length < count) made.push(await make())
  return made
}

/** The same body each time: nothing that it shows is spent. */
export function repeatBody(body: string, request: Omit<Requests, 'bodies' | 'proofs'>): WriteRequests {
  return async (count) => ({ ...request, bodies: Array.from({ length: count }, () => body) })
}

/** Gives the nonce that the server asks for in the proofs of a key (RFC 9449 section 8). It counts for a minute at least. */
async function askNonce(url: string, key: ProofKey): Promise<string> {
  const headers = { dpop: await key.prove('POST', url) }
  const form = { grant_type: 'authorization_code', code: 'x', client_id: 'x', code_verifier: 'x' }
  const answer = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) })
  const nonce = answer.headers.get('dpop-nonce')
  if (nonce === null) throw new Error(`The server named no nonce: ${answer.status}.`)
  return nonce
}

/**
 * Exchanges of an assertion for a token that is bound to a key: both are proved, and each proof of the key counts once. Where
 * one assertion is shown again and again, it is the key's that showed it first.
 */
export function writeExchanges(stage: Stage, assertions: 'one assertion' | 'one each'): WriteRequests {
  const url = `${stage.baseUrl}/oauth/token`
  const workload = assertions === 'one each' ? stage : stage.pod
  const details = JSON.stringify([{ type: 'urn:remit:task', task_id: workload.taskId }])
  return async (count) => {
    const key = await createProofKey()
    const nonce = await askNonce(url, key)
    const one = await workload.assertion()
    const next = assertions === 'one each' ? workload.assertion : async () => one
    const proofs = await repeat(count, () => key.prove('POST', url, undefined, nonce))
    const bodies = await repeat(count, async () =>
      new URLSearchParams({
        grant_type: EXCHANGE,
        subject_token: await next(),
        subject_token_type: JWT_TYPE,
        resource: stage.baseUrl,
        authorization_details: details,
      }).toString(),
    )
    return { url, headers: FORM, bodies, proofs, expects: '"token_type":"DPoP"' }
  }
}

/** The same for the bare server, which looks at nothing but the two signatures. */
export function writeBareExchanges(url: string): WriteRequests {
  return async (count) => {
    const [key, workload] = [await createProofKey(), await createProofKey()]
    const proofs = await repeat(count, () => key.prove('POST', url))
    const bodies = await repeat(count, async () =>
      new URLSearchParams({
        grant_type: EXCHANGE,
        subject_token: await workload.prove('POST', url),
        subject_token_type: JWT_TYPE,
      }).toString(),
    )
    return { url, headers: FORM, bodies, proofs, expects: '"token_type":"DPoP"' }
  }
}

/** The one client of the authorization server of others: its public key, and what it asks there. */
export function makeProviderClient(): {
  readonly publicJwk: object
  readonly write: (issuer: string) => WriteRequests
} {
  const { publicKey, privateKey } = makeKeyPair('ES256')
  const assert = (issuer: string): Promise<string> =>
    new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer('bench')
      .setSubject('bench')
      .setAudience(issuer)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey)
  return {
    publicJwk: publicKey.export({ format: 'jwk' }),
    write: (issuer) => async (count) => ({
      url: `${issuer}/token`,
      headers: FORM,
      expects: '"access_token"',
      bodies: await repeat(count, async () =>
        new URLSearchParams({
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await assert(issuer),
          resource: 'https://bench.example.org',
        }).toString(),
      ),
    }),
  }
}
