import { describe, expect, it } from 'vitest'
import { type AssertionMaker, type PresentedAs, requireRightName } from './presented.ts'

const outcome = (as: PresentedAs, maker: AssertionMaker, typ?: string): string => {
  try {
    requireRightName(as, maker, typ === undefined ? {} : { typ })
    return 'taken'
  } catch {
    return 'refused'
  }
}

describe('the name under which an assertion is shown', () => {
  const cases: [PresentedAs, AssertionMaker, string | undefined, string][] = [
    ['bearer', 'oidc', 'JWT', 'taken'],
    ['bearer', 'spiffe', undefined, 'taken'],
    ['bearer', 'key', 'JWT', 'taken'],
    ['bearer', 'key', 'client-authentication+jwt', 'refused'],
    ['subject_token', 'key', 'JWT', 'taken'],
    ['subject_token', 'key', 'client-authentication+jwt', 'refused'],
    ['subject_token', 'key', 'application/client-authentication+jwt', 'refused'],
    ['subject_token:id_token', 'oidc', 'JWT', 'taken'],
    ['subject_token:id_token', 'key', 'JWT', 'refused'],
    ['subject_token:id_token', 'spiffe', 'JWT', 'refused'],
    ['actor_token', 'oidc', 'JWT', 'taken'],
    ['actor_token', 'spiffe', 'JWT', 'taken'],
    ['actor_token', 'key', 'JWT', 'taken'],
    ['actor_token', 'key', 'client-authentication+jwt', 'refused'],
    ['actor_token:id_token', 'oidc', 'JWT', 'taken'],
    ['actor_token:id_token', 'spiffe', 'JWT', 'refused'],
    ['client_assertion:jwt-bearer', 'key', 'client-authentication+jwt', 'taken'],
    ['client_assertion:jwt-bearer', 'key', 'application/client-authentication+jwt', 'taken'],
    ['client_assertion:jwt-bearer', 'oidc', 'JWT', 'taken'],
    ['client_assertion:jwt-bearer', 'spiffe', 'JWT', 'refused'],
    ['client_assertion:jwt-spiffe', 'spiffe', 'JWT', 'taken'],
    ['client_assertion:jwt-spiffe', 'oidc', 'JWT', 'refused'],
    ['client_assertion:jwt-spiffe', 'key', 'client-authentication+jwt', 'refused'],
    ['grant:jwt-bearer', 'oidc', 'JWT', 'taken'],
    ['grant:jwt-bearer', 'spiffe', 'JWT', 'taken'],
    ['grant:jwt-bearer', 'key', 'JWT', 'refused'],
    ['grant:jwt-bearer', 'key', 'client-authentication+jwt', 'refused'],
    ['bearer', 'oidc', 'constructor', 'taken'],
  ]
  it.each(cases)('%s of %s with typ %s is %s', (as, maker, typ, expected) => {
    expect(outcome(as, maker, typ)).toBe(expected)
  })

  it('is told where it is another one, and so is what would count', () => {
    const told = 'It was shown as grant:jwt-bearer. An assertion of this kind is taken as client_assertion:jwt-bearer.'
    const header = { typ: 'client-authentication+jwt' }
    expect(() => requireRightName('grant:jwt-bearer', 'key', header)).toThrow(told)
  })
})
