import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { sampleMs } from '../../test/register/samples.ts'
import { sampleChain, sampleKey, samplePermit, sampleToken, tokenIssuer } from '../../test/register/tokens.ts'
import { issueAccessToken } from './access-token.ts'
import { keptAsIssued, recordIssued } from './outcome.ts'

const key = await sampleKey()
const jwks = createLocalJWKSet({
  keys: [{ ...key.kept.publicJwk, kty: 'EC', kid: key.kept.id, alg: 'ES256', use: 'sig' }],
})
const options = { issuer: tokenIssuer, audience: tokenIssuer, typ: 'at+jwt', currentDate: new Date(sampleMs + 2000) }

async function claimsOf(...given: Parameters<typeof sampleToken> extends [unknown, ...infer Rest] ? Rest : never) {
  const { token } = await sampleToken(key.open, ...given)
  return (await jwtVerify(token, jwks, options)).payload
}

describe('an access token', () => {
  it('is verified by a library of others, against our published key', async () => {
    const { token } = await sampleToken(key.open)
    const { payload, protectedHeader } = await jwtVerify(token, jwks, { ...options, algorithms: ['ES256'] })
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: key.kept.id })
    expect(payload).toMatchObject({ iss: tokenIssuer, aud: tokenIssuer, jti: 'crd_1', iat: sampleMs / 1000 + 1 })
    expect(payload.exp).toBe((sampleMs + 1_801_000) / 1000)
  })

  it('says what its task may do, up to which data, and what it has touched', async () => {
    const claims = await claimsOf(sampleChain(1), { usage: { confidentiality: 2, integrity: 1 } })
    expect(claims).toMatchObject({
      authorization_details: [
        {
          type: 'urn:remit:task',
          task_id: 'tsk_0',
          purpose: 'summarise',
          goal: 'Summarise the handbook',
          scope: [{ action: 'docs/read', resource: 'docs:*' }],
          ceiling: 'internal',
        },
      ],
      labels: { confidentiality: 'confidential', integrity: 'untrusted' },
      tier: 'T1',
    })
  })

  it('counts labels that it does not know as the worst', async () => {
    const { labels } = await claimsOf(sampleChain(1), { usage: { confidentiality: 9, integrity: 9 } })
    expect(labels).toEqual({ confidentiality: 'restricted', integrity: 'untrusted' })
  })

  it.each([1, 2, 3, 4])('names every hop of a chain of %i, the one that acts outermost', async (length) => {
    const claims = await claimsOf(sampleChain(length))
    expect(claims).toMatchObject({ sub: 'idn_0', client_id: `idn_${length - 1}` })
    expect(claims['chain']).toEqual(
      Array.from({ length }, (_, at) => ({ identity: `idn_${at}`, name: `name of idn_${at}`, task: `tsk_${at}` })),
    )
    const actors: unknown[] = []
    type Act = { readonly act?: Act }
    for (let { act } = claims as Act; act !== undefined; act = act.act) {
      const { act: _inner, ...actor } = act
      actors.push(actor)
    }
    const hops = Array.from({ length: length - 1 }, (_, at) => `idn_${length - 1 - at}`)
    expect(actors).toEqual(hops.map((sub) => ({ iss: tokenIssuer, sub, sub_profile: 'ai_agent' })))
  })

  it('says to which key it is bound, and only then is it no bearer token', async () => {
    const keyThumbprint = 'k'.repeat(43)
    const bound = await sampleToken(key.open, sampleChain(1), { credential: { keyThumbprint } })
    const plain = await sampleToken(key.open)
    expect([bound.tokenType, plain.tokenType]).toEqual(['DPoP', 'Bearer'])
    expect((await jwtVerify(bound.token, jwks, options)).payload['cnf']).toEqual({ jkt: keyThumbprint })
    expect((await jwtVerify(plain.token, jwks, options)).payload).not.toHaveProperty('cnf')
  })

  it('tells how long it lives as the token itself does', async () => {
    const issued = await sampleToken(key.open)
    const { iat = 0, exp = 0 } = (await jwtVerify(issued.token, jwks, options)).payload
    expect(issued.expiresSeconds).toBe(exp - iat)
  })

  it('never outlives its credential by the rounding to seconds', async () => {
    const { exp = 0 } = await claimsOf(sampleChain(1), { credential: { expiresMs: sampleMs + 60_999 } })
    expect(exp * 1000).toBeLessThanOrEqual(sampleMs + 60_999)
  })

  it('is made once of one permit, however often it is asked for', async () => {
    const permit = samplePermit(sampleChain(1))
    const [first, ...more] = await Promise.allSettled(
      Array.from({ length: 5 }, () => issueAccessToken(permit, key.open, tokenIssuer)),
    )
    expect(first?.status).toBe('fulfilled')
    for (const again of more) expect(again).toMatchObject({ status: 'rejected', reason: { code: 'permit_spent' } })
  })

  it('carries nothing of the key that signed it but its name', async () => {
    const { token } = await sampleToken(key.open)
    expect(Object.keys(decodeProtectedHeader(token)).sort()).toEqual(['alg', 'kid', 'typ'])
  })
})

describe('the outcome of an intent', () => {
  const intent = samplePermit(sampleChain(2))
  const { credential } = intent.fact.grant

  it('points back at it, and follows nothing but it', () => {
    const fact = recordIssued(intent.fact, 41, 'key_1')
    expect(fact.entry).toMatchObject({ kind: 'credential.issued', answers: 41, actor: intent.fact.entry.actor })
    expect(fact.entry.data).toMatchObject({ credentialId: 'crd_1', taskId: 'tsk_1', identityId: 'idn_1' })
    const row = { ...credential, signed: { intent: 41, keyId: 'key_1' }, state: 'issued' }
    expect(fact.changes).toEqual([{ op: 'update', table: 'credentials', row, ifVersion: 1 }])
    expect(keptAsIssued(intent.fact, 41, 'key_1')).toEqual({ ...row, version: 2, entry: 42 })
  })
})
