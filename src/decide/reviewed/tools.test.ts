import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { names, patterns, RUNS } from '../../../test/arbitraries.ts'
import { newToolRule } from '../../../test/decide/nouns.ts'
import { containsPattern } from '../../contract/scope.ts'
import { serverOf, toolsOf } from './tools.ts'

describe('the reviewed tools that an action could mean', () => {
  it('are what going through all rules gives, in their order', () => {
    const tools = fc.array(fc.record({ server: names, tool: patterns }), { maxLength: 12 })
    const actions = fc.oneof(
      patterns,
      fc.tuple(names, patterns).map((both) => both.join('/')),
    )
    const property = fc.property(tools, actions, (all, action) => {
      const rules = all.map((each) => newToolRule(each))
      const isMeant = ({ server, tool }: (typeof all)[number]): boolean =>
        server === serverOf(action) && containsPattern(action, `${server}/${tool}`)
      expect(toolsOf(rules, action)).toEqual(rules.filter(isMeant))
    })
    fc.assert(property, RUNS)
  })
})
