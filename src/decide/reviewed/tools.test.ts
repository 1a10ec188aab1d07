import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { names, patterns, RUNS } from '../../../test/arbitraries.ts'
import { newToolRule } from '../../../test/decide/nouns.ts'
import type { ToolRule } from '../../contract/register/purpose.ts'
import { containsPattern } from '../../contract/scope.ts'
import { serverOf, toolsOf } from './tools.ts'

describe('the reviewed tools that an action could mean', () => {
  const listed = ['read_file', 'write', 'read', 'append'].map((tool) => newToolRule({ tool }))
  const rules = [newToolRule({ server: 'docs-old', tool: 'read' }), ...listed, newToolRule({ server: 'mail' })]

  it.each<[action: string, tools: readonly string[]]>([
    ['docs/*', ['docs/read_file', 'docs/write', 'docs/read', 'docs/append']],
    ['docs/read*', ['docs/read_file', 'docs/read']],
    ['docs/read', ['docs/read']],
    ['docs/rea', []],
    ['docs/read_file_twice', []],
    ['none/*', []],
  ])('of %s are those of its server, in the order in which they are listed', (action, tools) => {
    expect(toolsOf(rules, action).map(({ server, tool }) => `${server}/${tool}`)).toEqual(tools)
  })

  it.each(['*', 'docs', 'docs*', '/read', 'read'])('are none of %s, which names no server for certain', (action) => {
    expect(toolsOf([...rules, newToolRule({ server: '', tool: 'read' })], action)).toEqual([])
  })

  it('are found in a long list without going through it again', () => {
    let looks = 0
    const watched: ToolRule = {
      ...newToolRule(),
      get tool() {
        looks += 1
        return 'read'
      },
    }
    const list = [watched]
    const found = ['docs/*', 'docs/read', 'docs/write'].map((action) => toolsOf(list, action).length)
    expect([found, looks]).toEqual([[1, 1, 0], 1])
  })

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
