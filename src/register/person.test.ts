import { describe, expect, it } from 'vitest'
import { keep, sampleMs, samplePerson } from '../../test/register/samples.ts'
import type { Fact } from '../contract/change.ts'
import { digestText } from '../ground/digest.ts'
import { createIds } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { addPerson, leave, offerLogin, rename, setRoles, signIn, signOut } from './person.ts'

const ids = createIds(() => sampleMs)
const actor = { kind: 'person', id: 'psn_ann' } as const
const profile = { name: 'Grace Hopper', email: 'Grace@Example.ORG', roles: ['owner'] } as const
const link = keep({ id: 'l'.repeat(64), personId: 'psn_grace', expiresMs: sampleMs + 1, usedMs: null })
const session = keep({ id: 's'.repeat(64), personId: 'psn_grace', createdMs: 0, expiresMs: 1, endedMs: null })

describe('facts about people', () => {
  const added = addPerson(profile, actor, ids, sampleMs)
  const offered = offerLogin('psn_grace', actor, ids, sampleMs)
  const signed = signIn(link, ids, sampleMs)
  const facts: readonly (readonly [string, Fact])[] = [
    ['being added', added.fact],
    ['a link', offered.fact],
    ['a sign-in', signed.fact],
    ['a sign-out', signOut(session, sampleMs)],
    ['other roles', setRoles(samplePerson('psn_grace', [], profile), ['admin'], { actor, atMs: sampleMs }).fact],
    ['a new name', rename(samplePerson('psn_grace'), profile, actor)],
    ['leaving', leave(samplePerson('psn_grace', [], profile), actor)],
  ]

  it.each(facts)('%s is in the log without name or mail', (_, { entry }) => {
    expect(JSON.stringify(entry)).not.toMatch(/grace hopper|hopper|example\.org/i)
  })

  it.each(facts)('%s is in the log without a secret or what a secret is kept as', (_, { entry }) => {
    const text = JSON.stringify(entry)
    expect(text).not.toMatch(/rml_|rms_/)
    for (const secret of [offered.secret, signed.secret]) expect(text).not.toContain(digestText(secret))
  })

  it('a role that is said twice is held once', () => {
    const twice = ['owner', 'owner', 'approver'] as const
    expect(addPerson({ ...profile, roles: twice }, actor, ids, sampleMs).person.roles).toEqual(['owner', 'approver'])
    const { person, fact } = setRoles(samplePerson('psn_grace'), twice, { actor, atMs: sampleMs })
    expect([person.roles, fact.entry.data['roles']]).toEqual([
      ['owner', 'approver'],
      ['owner', 'approver'],
    ])
  })

  it('a mail address is kept in lower case, so that it is known again', () => {
    expect(added.person.email).toBe('grace@example.org')
    expect(added.fact.changes).toEqual([{ op: 'insert', table: 'persons', row: added.person }])
  })

  it('of a link only the digest is kept, and it ends by itself', () => {
    expect(offered.secret).toMatch(/^rml_[\w-]{43}$/)
    const row = {
      id: digestText(offered.secret),
      personId: 'psn_grace',
      expiresMs: sampleMs + LIMITS.loginLinkSeconds * 1000,
      usedMs: null,
    }
    expect(offered.fact.changes).toEqual([{ op: 'insert', table: 'login_links', row }])
  })

  it('a link is used up with the session that it opens', () => {
    expect(signed.secret).toMatch(/^rms_[\w-]{43}$/)
    expect(signed.session).toMatchObject({ id: digestText(signed.secret), endedMs: null })
    expect(signed.fact.changes).toMatchObject([
      { op: 'update', table: 'login_links', ifVersion: 1, row: { usedMs: sampleMs } },
      { op: 'insert', table: 'sessions', row: signed.session },
    ])
  })

  it('no two secrets are the same', () => {
    const secrets = Array.from({ length: 100 }, () => offerLogin('psn_grace', actor, ids, sampleMs).secret)
    expect(new Set(secrets).size).toBe(100)
  })

  it('who signs out or leaves is still there, ended', () => {
    expect(signOut(session, 7).changes).toMatchObject([{ table: 'sessions', row: { endedMs: 7 } }])
    expect(leave(samplePerson('psn_grace'), actor).changes).toMatchObject([
      { table: 'persons', row: { state: 'left' } },
    ])
  })
})
