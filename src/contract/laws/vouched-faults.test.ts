import { describe, expect, it } from 'vitest'
import { judge, type Line, opened, permit, registered, task } from '../../../test/contract/told-lines.ts'
import type { JsonObject } from '../log-entry.ts'

const login = 'lgn_a'
const added = (more: JsonObject = {}): Line => ({
  kind: 'person-login.added',
  data: { loginId: login, personId: 'psn_zoe', issuer: 'https://idp.example', ...more },
})
const ended: Line = { kind: 'person-login.ended', data: { loginId: login, personId: 'psn_zoe' } }
const begun = (more: JsonObject = {}): Line => ({
  ...task({ onBehalfOf: 'psn_zoe', loginId: login, ...more }),
  by: 'psn_zoe',
})

describe('a task that is opened on the word of an identity provider', () => {
  const by = (rest: string): readonly string[] => [`vouched: it opens a task by the login lgn_a, which ${rest}`]
  it.each<[string, readonly Line[], readonly string[]]>([
    ['by a login of the person', [added(), begun()], []],
    ['by one that nobody added', [begun()], by('nobody added')],
    ['by one that had ended', [added(), ended, begun()], by('had ended')],
    ['by one of another person', [added({ personId: 'psn_bob' }), begun()], by('is of another')],
  ])('%s', (_, lines, faults) => {
    expect(judge([...registered, ...lines])).toEqual(faults)
  })

  it('in a part of a log is held to what that part tells', () => {
    expect(judge([begun()], false)).toEqual([])
  })

  it('falls with the login, whether its own end was told or not', () => {
    expect(judge([...registered, added(), begun(), permit('token'), ended])).toEqual([])
    expect(judge([...registered, added(), begun(), ended, permit('token')])).toEqual([
      'ground: it permits something in the task tsk_a, which rests on lgn_a, and that is no more',
    ])
  })
})

describe('a grant for another domain', () => {
  const resource = 'https://mcp.partner.example/mcp'
  const scope = [{ action: 'read', resource }]
  const made = (scopes: readonly string[], more: JsonObject = {}): Line =>
    permit('token', {
      asked: { across: { resource, scopes: { 'chat.read': 'read', 'chat.write': 'write' } } },
      across: { resource, scopes },
      ...more,
    })
  const fault = (name: string): readonly string[] => [
    `across: it lets ${name} be done at ${resource}, which its task does not name`,
  ]
  const begin = [...registered, task({ scope })]
  it.each<[string, readonly Line[], readonly string[]]>([
    ['for what its task names', [...begin, made(['chat.read'])], []],
    ['for more than its task names', [...begin, made(['chat.read', 'chat.write'])], fault('chat.write')],
    ['for an address that its task does not name', [...opened, made(['chat.read'])], fault('chat.read')],
    [
      'for more than its task names, in scopes that are not told',
      [...begin, made(['chat.read'], { across: { resource, scopes: ['chat.read'], classes: ['read', 'write'] } })],
      fault('write'),
    ],
    ['that was told in short', [...opened, made(['chat.read'], { asked: {} })], []],
  ])('%s', (_, lines, faults) => {
    expect(judge(lines)).toEqual(faults)
  })
})
