import { expect, it } from 'vitest'
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
