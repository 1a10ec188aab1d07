import { describe, expect, it } from 'vitest'
import { Rows } from '../../test/decide/rows.ts'
import { storeOver } from '../../test/decide/store-over.ts'
import { createTestClock } from '../../test/record/open-test-log.ts'
import { sampleBinding, sampleMs, samplePerson } from '../../test/register/samples.ts'
import { sampleChain, sampleKey, samplePermit, tokenIssuer } from '../../test/register/tokens.ts'
import { RemitError } from '../ground/errors.ts'
import { issueAccessToken } from '../issue/access-token.ts'
import { signJwtAtOnce } from '../issue/sign-jwt.ts'
import { createAccessTokens } from './access-token.ts'
import { makePeer, type PeerCertificate } from './x509/peer-certificate.ts'

const key = await sampleKey()
const own = makePeer(Buffer.from('own'), [])
const claims = { iss: tokenIssuer, aud: tokenIssuer, jti: 'crd_1', exp: sampleMs / 1000 + 1800 }

/** The desk at which the one token of a task is read, and how it is shown there over a connection. */
async function layOut(bound: { readonly certificateThumbprint?: string }) {
  const chain = sampleChain(1)
  const permit = samplePermit(chain, { credential: bound })
  const rows = new Rows()
  for (const { identity, task } of chain) {
    rows.put('identities', identity)
    rows.put('tasks', task)
  }
  rows.put('credentials', { ...permit.fact.grant.credential, state: 'issued' })
  rows.put('persons', samplePerson('psn_ann'))
  rows.put('bindings', sampleBinding())
  const clock = createTestClock()
  clock.atMs = sampleMs + 2000
  const desk = createAccessTokens({
    store: storeOver(rows),
    keyOf: () => key.open.publicKey,
    issuer: tokenIssuer,
    clock,
  })
  const { token } = await issueAccessToken(permit, key.open, tokenIssuer)
  return async (certificate?: PeerCertificate, shown = token): Promise<string> => {
    try {
      return (await desk.byAccessToken(shown, tokenIssuer, null, certificate)).kind
    } catch (error) {
      if (error instanceof RemitError) return error.code
      throw error
    }
  }
}

const forge = (cnf?: object): string =>
  signJwtAtOnce(key.open, 'at+jwt', cnf === undefined ? claims : { ...claims, cnf })

describe('a token that is bound to a certificate', () => {
  it('counts over a connection of that certificate, and over no other', async () => {
    const show = await layOut({ certificateThumbprint: own.thumbprint })
    expect(await show(own)).toBe('agent')
    expect(await show(makePeer(Buffer.from('other'), [Buffer.from('own')]))).toBe('token_invalid')
    expect(await show()).toBe('token_invalid')
  })

  it('does not lose its binding by a token of ours that leaves it out, or says another', async () => {
    const show = await layOut({ certificateThumbprint: own.thumbprint })
    expect(await show(own, forge({ 'x5t#S256': own.thumbprint }))).toBe('agent')
    expect(await show(own, forge())).toBe('token_invalid')
    expect(await show(own, forge({ jkt: own.thumbprint }))).toBe('token_invalid')
    expect(await show(own, forge({ 'x5t#S256': own.thumbprint, jkt: own.thumbprint }))).toBe('token_invalid')
  })

  it('is another one than a token that is bound to nothing, which counts over any connection', async () => {
    const show = await layOut({})
    expect(await show(own)).toBe('agent')
    expect(await show(own, forge({ 'x5t#S256': own.thumbprint }))).toBe('token_invalid')
  })
})
