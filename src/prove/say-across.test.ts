import { describe, expect, it } from 'vitest'
import { sayAcross } from './say-across.ts'

describe('what came from another domain, and what goes there', () => {
  it('is who vouched for the person and who acted before, the latest first', () => {
    const before = { iss: 'https://home.example', sub: 'It was permitted.' }
    const foreignAct = { iss: 'https://home.example', sub: 'idn_1', act: before }
    expect(sayAcross({ outcome: 'permit', facts: { loginId: 'lgn_1', foreignAct } })).toEqual([
      'Its person was not here: an identity provider vouched for them, by the login lgn_1.',
      'Elsewhere acted before it, the latest first: "idn_1" of https://home.example, "It was permitted." of https://home.example.',
    ])
  })

  it('is what a grant lets be done there', () => {
    const across = { resource: 'https://mcp.partner.example', scopes: ['chat.read', 'all of it'], classes: ['read'] }
    expect(sayAcross({ outcome: 'permit', facts: { across } })).toEqual([
      'What the grant lets be done there: chat.read, "all of it"; what comes of it there ends there, and not with the task.',
    ])
  })

  it.each<[string, Parameters<typeof sayAcross>[0]]>([
    ['a denial', { outcome: 'denial', facts: { across: { scopes: ['read'] }, loginId: 'lgn_1' } }],
    ['what is of this domain', { outcome: 'permit', facts: { decision: 'task' } }],
    ['a chain that is none', { outcome: 'permit', facts: { foreignAct: { iss: 7 } } }],
  ])('is nothing of %s', (_, said) => {
    expect(sayAcross(said)).toEqual([])
  })
})
