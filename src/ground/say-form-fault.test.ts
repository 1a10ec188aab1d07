import { expect, it } from 'vitest'
import { z } from 'zod'
import { sayFormFault } from './say-form-fault.ts'

const shape = z.strictObject({
  name: z.string().min(1).max(3),
  count: z.int().min(0).max(9),
  part: z.number().gt(0).lt(1),
  of: z.array(z.string()).min(2).max(3),
  kind: z.enum(['a', 'b']),
  only: z.literal('x'),
  mail: z.email(),
  page: z.url(),
  site: z.url({ protocol: /^https?$/ }),
  safe: z.url({ protocol: /^https$/ }),
  place: z.string().startsWith('spiffe://'),
  form: z.string().regex(/^a$/),
  own: z.string().regex(/^a$/, 'must be an a'),
  either: z.union([z.string(), z.int()]),
  by: z.discriminatedUnion('kind', [z.object({ kind: z.literal('x') }), z.object({ kind: z.literal('y') })]),
  rules: z.record(z.string().max(2), z.boolean()),
})
const good = {
  name: 'a',
  count: 1,
  part: 0.5,
  of: ['a', 'b'],
  kind: 'a',
  only: 'x',
  mail: 'a@example.org',
  page: 'https://example.org',
  site: 'https://example.org',
  safe: 'https://example.org',
  place: 'spiffe://a',
  form: 'a',
  own: 'a',
  either: 1,
  by: { kind: 'x' },
  rules: { a: true },
}

/** What is said of the form with this in place of what is right. */
const saidOf = (more: object): readonly string[] =>
  (shape.safeParse({ ...good, ...more }, { error: sayFormFault }).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  )

it.each([
  [{ name: undefined }, 'name: is missing'],
  [{ name: 7 }, 'name: must be text'],
  [{ name: null }, 'name: must be text'],
  [{ name: '' }, 'name: must not be empty'],
  [{ name: 'abcd' }, 'name: must have at most 3 characters'],
  [{ count: '1' }, 'count: must be a number'],
  [{ count: 1.5 }, 'count: must be a whole number'],
  [{ count: -1 }, 'count: must be at least 0'],
  [{ count: 10 }, 'count: must be at most 9'],
  [{ part: 0 }, 'part: must be more than 0'],
  [{ part: 1 }, 'part: must be less than 1'],
  [{ of: 1 }, 'of: must be a list'],
  [{ of: ['a'] }, 'of: must have at least 2 members'],
  [{ of: ['a', 1] }, 'of.1: must be text'],
  [{ of: ['a', 'b', 'c', 'd'] }, 'of: must have at most 3 members'],
  [{ kind: 'c' }, 'kind: must be one of a, b'],
  [{ kind: undefined }, 'kind: is missing'],
  [{ only: 'y' }, 'only: must be x'],
  [{ mail: 'a' }, 'mail: must be a mail address'],
  [{ page: 'a' }, 'page: must be a URL'],
  [{ site: 'ftp://a' }, 'site: must be a URL of http or https'],
  [{ site: 'a' }, 'site: must be a URL of http or https'],
  [{ safe: 'http://a' }, 'safe: must be a URL of https'],
  [{ place: 'a' }, 'place: must begin with spiffe://'],
  [{ form: 'b' }, 'form: is not written as it has to be'],
  [{ own: 'b' }, 'own: must be an a'],
  [{ either: true }, 'either: has none of the forms that it may have'],
  [{ either: undefined }, 'either: is missing'],
  [{ by: { kind: 'z' } }, 'by.kind: must be one of x, y'],
  [{ by: {} }, 'by.kind: must be one of x, y'],
  [{ by: undefined }, 'by: is missing'],
  [{ by: 'x' }, 'by: must be an object'],
  [{ rules: { a: 1 } }, 'rules.a: must be true or false'],
  [{ rules: { abc: true } }, 'rules.abc: holds a name that is not written as it has to be'],
  [{ more: 1 }, ': holds more, which is not known here'],
  [{ more: 1, less: 2 }, ': holds more, less, which are not known here'],
])('of a form with %j it is said: %s', (more, said) => {
  expect(saidOf({})).toEqual([])
  expect(saidOf(more)).toEqual([said])
})
