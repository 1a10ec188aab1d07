import { describe, expect, it } from 'vitest'
import { sayAskers, sayVotes, writeFact } from './asked-words.ts'

const nameOf = (id: string) => (id === 'psn_1' ? 'Ada' : id)
const say = (name: string, value: unknown) => writeFact(name, value, nameOf)
const proof = { issuer: 'self', subject: 'desk-app', claims: {}, keys: [] }
const client = { redirectUris: ['http://127.0.0.1/callback', 'com.example.app:/back'], server: 'docs' }

describe('what is asked of a person', () => {
  it.each([
    [
      'a client',
      { ...proof, kind: 'client', issuer: 'client', client },
      'the OAuth client desk-app; answers go to http://127.0.0.1/callback, com.example.app:/back; for the server docs where it names none',
    ],
    [
      'a client that nobody registered',
      { ...proof, kind: 'client', issuer: 'client', subject: 'https://app.example/client.json' },
      'the OAuth client https://app.example/client.json; answers go where its own document says',
    ],
    [
      'a certificate of an authority',
      { ...proof, kind: 'certificate', issuer: 'corp', subject: 'dns:a.example' },
      'a certificate of the authority corp for dns:a.example',
    ],
    [
      'a certificate by itself',
      { ...proof, kind: 'certificate', subject: 'abc' },
      'the certificate with the SHA-256 abc',
    ],
  ])('is said in words where it is %s', (_, binding, words) => {
    expect(say('bindings', [binding])).toEqual([['bindings', words]])
    expect(say('replaces', { bindingId: 'bnd_1', ...binding })).toEqual([['replaces', `bnd_1: ${words}`]])
  })

  it.each([
    ['a member that nobody knows', { ...client, also: 'https://evil.example' }],
    ['addresses that are none', { ...client, redirectUris: [1] }],
    ['a server that is none', { ...client, server: 7 }],
  ])('is shown just as it is where a client has %s', (_, told) => {
    const [[, text] = []] = say('bindings', [{ ...proof, kind: 'client', client: told }])
    expect(text).toContain('"redirectUris"')
  })

  it('has no row for warnings where there are none', () => {
    expect(say('warnings', [])).toEqual([])
    expect(say('warnings', ['it is odd'])).toEqual([['warnings', '"it is odd"']])
  })

  it('names who lets another act, and what it may do there', () => {
    expect(say('fromOwner', 'psn_1')).toEqual([['fromOwner', 'Ada']])
    const scope = [
      { action: 'docs/read', resource: 'docs:a' },
      { action: 'docs/list', resource: 'docs:*' },
    ]
    expect(say('scope', scope)).toEqual([
      ['scope', 'docs/read@docs:a'],
      ['', 'docs/list@docs:*'],
    ])
    expect(say('scope', [{ action: 'docs/read', resource: 'docs:a', also: 1 }])[0]?.[1]).toContain('"also"')
  })
})

describe('who asked, and what was answered so far', () => {
  it.each([
    [['psn_1'], ['Asked by Ada, who may not answer it.']],
    [['psn_1', 'psn_2'], ['Asked by Ada and "psn_2", who may not answer it.']],
    [['idn_1', 'psn_1'], ['Asked for "idn_1"; Ada may not answer it.']],
    [['idn_1'], ['Asked for "idn_1".']],
    [[], []],
  ])('is said of %j', (ids, words) => expect(sayAskers(ids, nameOf)).toEqual(words))

  it('is told to whoever answers after them', () => {
    const vote = {
      personId: 'psn_1',
      seat: 'owner',
      verdict: 'approve',
      reason: 'ok',
      atMs: 1_790_000_000_000,
    } as const
    expect(sayVotes([vote, { ...vote, verdict: 'deny' }], nameOf)).toEqual([
      'Ada said yes as owner, 2026-09-21 14:13:20Z: "ok"',
      'Ada said no as owner, 2026-09-21 14:13:20Z: "ok"',
    ])
  })

  it('is about resources with how sensitive each is', () => {
    const resources = [{ id: 'docs:a', sensitivity: 'public' }]
    expect(say('resources', resources)).toEqual([['resources', 'docs:a (public)']])
    expect(say('resources', [{ ...resources[0], also: 1 }])[0]?.[1]).toContain('"also"')
  })
})
