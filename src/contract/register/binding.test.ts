import { describe, expect, it } from 'vitest'
import { type Binding, hasEnded, isProving, meansSubject, proofOf, tellable } from './binding.ts'

const binding: Binding = {
  id: 'bnd_1',
  identityId: 'idn_1',
  kind: 'oidc',
  issuer: 'https://issuer.example',
  subject: 'repo:acme/docs',
  claims: { repository_id: '7' },
  keys: [{ kty: 'EC', kid: 'k' }],
  createdMs: 1,
  endedMs: null,
}
const said = {
  kind: 'oidc',
  issuer: 'https://issuer.example',
  subject: 'repo:acme/docs',
  claims: { repository_id: '7' },
  keys: [{ kty: 'EC', kid: 'k' }],
}

describe('what proves a binding', () => {
  it('is what people approve of it, and nothing else', () => {
    const kept: Binding = { ...binding, secretDigest: 'x', endsMs: 5 }
    expect(proofOf(kept)).toStrictEqual(said)
  })

  it('leaves out what it does not say', () => {
    expect(proofOf({ ...binding, subjectPattern: null, keyThumbprints: [] })).toStrictEqual(said)
  })

  it('says all that it asks beside that', () => {
    const client = { redirectUris: ['https://app.example/cb'], server: null }
    const more = { subjectPattern: 'repo:*', keyThumbprints: ['t'], client, secretEndsMs: 9 }
    expect(proofOf({ ...binding, ...more })).toStrictEqual({ ...said, ...more })
  })
})

it('a binding is told without what is compared with a secret', () => {
  expect(tellable({ ...binding, secretDigest: 'x' })).toStrictEqual(binding)
})

describe('a binding', () => {
  it('has ended once somebody ended it', () => {
    expect([hasEnded(binding, 100), hasEnded({ ...binding, endedMs: 50 }, 100)]).toEqual([false, true])
    expect([isProving(binding, 100), isProving({ ...binding, endedMs: 50 }, 100)]).toEqual([true, false])
  })

  it('by a static secret has ended from the moment on at which its time is over', () => {
    const secret = { ...binding, secretEndsMs: 100 }
    expect([99, 100, 101].map((atMs) => hasEnded(secret, atMs))).toEqual([false, true, true])
    expect([99, 100, 101].map((atMs) => isProving(secret, atMs))).toEqual([true, false, false])
  })

  it('that was rotated away proves nothing from its end on, though what rests on it still counts', () => {
    const rotated = { ...binding, endsMs: 100 }
    expect([99, 100, 101].map((atMs) => isProving(rotated, atMs))).toEqual([true, false, false])
    expect([99, 100, 101].map((atMs) => hasEnded(rotated, atMs))).toEqual([false, false, false])
    expect(isProving({ ...binding, endsMs: null }, 100)).toBe(true)
  })

  it('means its subject letter by letter, or what its pattern matches', () => {
    expect(meansSubject(binding, 'repo:acme/docs')).toBe(true)
    expect(meansSubject({ ...binding, subjectPattern: null }, 'repo:acme/docs')).toBe(true)
    expect(meansSubject(binding, 'repo:acme/other')).toBe(false)
    const wide = { subject: 'repo:acme/', subjectPattern: 'repo:acme/*' }
    expect([meansSubject(wide, 'repo:acme/other'), meansSubject(wide, 'repo:acme/')]).toEqual([true, false])
  })
})
