import { describe, expect, it } from 'vitest'
import { RemitError } from '../../ground/errors.ts'
import { readBody } from './read-body.ts'

function outcomeOf(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof RemitError) return error.code
    throw error
  }
}

describe('a body', () => {
  it.each([
    ['none', undefined, 'anything', null],
    ['nothing', undefined, '', {}],
    ['nothing', 'application/json', '{}', {}],
    ['nothing', 'application/json', '{"x":1}', 'request_invalid'],
    ['maybeReason', undefined, '', {}],
    ['reason', undefined, '', 'content_type_unsupported'],
    ['reason', 'application/json', '', 'body_malformed'],
    ['reason', 'application/json', '{"reason":"x"}', { reason: 'x' }],
    ['reason', 'APPLICATION/JSON; charset=utf-8', '{"reason":"x"}', { reason: 'x' }],
    ['reason', 'application/json; x=charset; charset="UTF8"; y', '{"reason":"x"}', { reason: 'x' }],
    ['reason', 'application/json; charset=utf-16', '{"reason":"x"}', 'content_type_unsupported'],
    ['reason', 'application/json;charset="utf-7"', '{"reason":"x"}', 'content_type_unsupported'],
    ['reason', 'application/json; charset=utf-8; charset=utf-16', '{"reason":"x"}', 'content_type_unsupported'],
    ['reason', 'application/json; charset=', '{"reason":"x"}', 'content_type_unsupported'],
    ['form', 'application/x-www-form-urlencoded; charset=ibm037', 'a=1', 'content_type_unsupported'],
    ['reason', 'application/json-patch+json', '{"reason":"x"}', 'content_type_unsupported'],
    ['reason', 'text/json', '{"reason":"x"}', 'content_type_unsupported'],
    ['reason', 'application/jsonx', '{"reason":"x"}', 'content_type_unsupported'],
    ['form', 'application/x-www-form-urlencoded', 'a=1', { a: '1' }],
    ['form', 'application/json', 'a=1', 'content_type_unsupported'],
    ['form', undefined, '', 'content_type_unsupported'],
    ['raw', 'application/json', '{not parsed', '{not parsed'],
    ['raw', 'text/plain', '{}', 'content_type_unsupported'],
  ] as const)('of the row %s, as %s, holding %j', (name, contentType, raw, expected) => {
    const outcome = outcomeOf(() => readBody(name, contentType, raw))
    expect(outcome === null || typeof outcome === 'string' ? outcome : { ...(outcome as object) }).toEqual(expected)
  })

  it('is told what is wrong with it by path, and fills in what has a default', () => {
    const wish = { scope: [{ action: 'a', resource: 'b' }], classes: ['read'], ceiling: 'public', reason: 'x', days: 1 }
    expect(readBody('entitlement', 'application/json', JSON.stringify(wish))).toMatchObject({ approval: 'none' })
    const wrong = JSON.stringify({ ...wish, days: 0, scope: [{ action: 'a', resource: 'b', more: 1 }] })
    let seen: unknown
    try {
      readBody('entitlement', 'application/json', wrong)
    } catch (error) {
      seen = error
    }
    expect(seen).toMatchObject({ code: 'request_invalid', facts: { issues: [{ path: 'scope.0' }, { path: 'days' }] } })
  })
})
