import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../base64url.ts'
import { readObject } from './get-bounded.ts'
import { readJwt } from './read-jwt.ts'

const part = (json: string): string => encodeBase64url(new TextEncoder().encode(json))
const claimsOf = (json: string): unknown => readJwt(`${part('{"alg":"ES256"}')}.${part(json)}.AA`, 1_000)?.claims

describe('the names in a token and in an answer of the issuer', () => {
  it.each([
    ['a token', claimsOf],
    ['an answer', (json: string) => readObject(json, 'https://issuer.test')],
  ])('are those that were written, whatever %s held before', (what, read) => {
    expect(read(`{"${what}":1,"\\\\":1}`)).toEqual({ [what]: 1, '\\': 1 })
    expect(read(`{"${what}":1,"\\u0063nf":2}`)).toEqual({ [what]: 1, cnf: 2 })
    expect(read(`{"${what}":1,"\\"":2}`)).toEqual({ [what]: 1, '"': 2 })
  })

  it.each([
    ['no object', '[]'],
    ['no JSON', '{"\\x":1}'],
    ['nested too deeply, with a name that has an escape', `{"\\n":${'['.repeat(300)}${']'.repeat(300)}}`],
  ])('of a token are none where it is %s', (_, json) => {
    expect(claimsOf(json)).toBeUndefined()
  })
})
