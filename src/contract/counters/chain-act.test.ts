import fc from 'fast-check'
import { expect, it } from 'vitest'
import { chainActKey, isNameAt, nameAt, namesAt, rootOfAct } from './chain-act.ts'

it('what was done to a resource stands under a name that no tool and no other resource has', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (name, resource, other) => {
      const counted = nameAt(name, resource)
      expect([isNameAt(counted), namesAt(resource)(counted)]).toEqual([true, name])
      if (other !== resource) expect(namesAt(other)(counted)).toBeNull()
    }),
  )
  const [tricky, end] = ['a","b', 'b']
  expect([namesAt(end)(nameAt('t', tricky)), namesAt(end)(nameAt(tricky, 'c'))]).toEqual([null, null])
  for (const name of ['docs/read', 'read', 'x,"b"]'])
    expect([isNameAt(name), namesAt(end)(name)]).toEqual([false, null])
})

it('the row of a chain and a name tells the chain, whatever the name', () => {
  for (const name of ['docs/read', 'read', nameAt('docs/read', 'docs:/a')])
    expect(rootOfAct(chainActKey('tsk_1', name))).toBe('tsk_1')
})
