import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../ground/limits.ts'
import { readDomainPolicies } from './policies.ts'

it('names a policy without an id by its place, also where its text stands in a comment or inside of another before', () => {
  const plain = 'permit (principal, action, resource);'
  const odd = '@sentence("It is so; really.")\n'
  const text = `// ${plain}\n${odd}${plain}\n\n  forbid (principal is ship, action, resource);\n${plain}`
  const { policies, faults } = readDomainPolicies([{ name: 'a.cedar', text }])
  expect(faults).toEqual([])
  expect(policies.map(({ id, effect, line, column }) => [id, effect, line, column])).toEqual([
    ['a.cedar#1', 'permit', 2, 1],
    ['a.cedar#2', 'forbid', 5, 3],
    ['a.cedar#3', 'permit', 6, 1],
  ])
})

const read = (text: string, name = 'a.cedar') => readDomainPolicies([{ name, text }])
const plain = 'permit (principal, action, resource);'

describe('the policies of a domain', () => {
  it('are told by their sentence, or by what they do', () => {
    const said = `@id("said") @sentence("So it is.") ${plain}`
    const forbids = '@id("no") forbid (principal, action, resource);'
    const { policies } = read(`${said}\n@id("yes") ${plain}\n${forbids}`)
    expect(policies.map(({ id, sentence, effect, origin }) => [id, sentence, effect, origin])).toEqual([
      ['said', 'So it is.', 'permit', 'organisation'],
      ['yes', 'The policy yes permits it.', 'permit', 'organisation'],
      ['no', 'The policy no forbids it.', 'forbid', 'organisation'],
    ])
  })

  it('have a sentence of a bounded length', () => {
    const long = (chars: number) => read(`@id("a") @sentence("${'x'.repeat(chars)}") ${plain}`)
    expect(long(LIMITS.textCharsMax).faults).toEqual([])
    expect(long(LIMITS.textCharsMax + 1)).toMatchObject({
      policies: [],
      faults: [{ id: 'a', sentence: expect.stringContaining('its @sentence is too long') }],
    })
  })

  it.each([
    ['a b', true],
    ['é', true],
    ['a\\nb', true],
    ['x'.repeat(129), true],
    ['law:mine', true],
    ['domain:mine', true],
    ['x'.repeat(128), false],
    ['my-law:mine', false],
    ['!~', false],
  ])('may not have the id %j: %s', (id, isRefused) => {
    const { policies, faults } = read(`@id("${id}") ${plain}`)
    expect([policies.length, faults.length]).toEqual(isRefused ? [0, 1] : [1, 0])
    if (isRefused)
      expect(faults[0]).toMatchObject({ sentence: expect.stringContaining('cannot be the id of a policy') })
  })

  it('have an id once, and whoever has it second is told where the first stands', () => {
    const { policies, faults } = read(`@id("a") ${plain}\n@id("a") ${plain}`)
    expect(policies).toHaveLength(1)
    expect(faults).toMatchObject([{ id: 'a', sentence: expect.stringContaining('a.cedar:1 has the id a already') }])
  })

  it('are one at least, and that alone is wrong where something else is not', () => {
    expect(read('').faults).toMatchObject([{ sentence: expect.stringContaining('There is no policy at all') }])
    expect(read('permit (').faults).toHaveLength(1)
    expect(read(plain).faults).toEqual([])
  })

  it('are not read where they are nested too deep', () => {
    const deep = `permit (principal, action, resource) when { ${'('.repeat(5_000)}true${')'.repeat(5_000)} };`
    expect(read(deep)).toMatchObject({
      policies: [],
      faults: [{ sentence: expect.stringContaining('it is not read: ') }],
    })
  })

  it('are written out: a template is none, nor is a forbid with an obligation', () => {
    const template = 'permit (principal == ?principal, action, resource);'
    expect(read(template).faults).toMatchObject([{ sentence: expect.stringContaining('it is a template') }])
    const asking = '@id("a") @obligation("Wait.") forbid (principal, action, resource);'
    expect(read(asking).faults).toMatchObject([{ id: 'a', sentence: expect.stringContaining('stands on a permit') }])
  })
})
