import { beforeEach, describe, expect, it } from 'vitest'
import { type MemoryStore, type MovedClock, makeClock, makeRoom, makeStore } from '../../test/issuer/room.ts'
import { RemitError } from '../ground/errors.ts'
import { createIds, type Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { addPerson, leave, offerLogin, signIn, signOut } from '../register/person.ts'
import type { Authenticate } from './authenticate.ts'

const system = { kind: 'system', id: 'remit' } as const
let clock: MovedClock
let ids: Ids
let store: MemoryStore
let room: Authenticate
let annId: string

beforeEach(() => {
  clock = makeClock()
  ids = createIds(clock.nowMs)
  store = makeStore()
  room = makeRoom({ store, clock })
  const added = addPerson({ name: 'Ann', email: 'ann@acme.example', roles: ['admin'] }, system, ids, clock.nowMs())
  store.apply(added.fact.changes)
  annId = added.person.id
})

const outcomeOf = async (call: Promise<object>): Promise<string> => {
  const answer: unknown = await call.catch((error: unknown) => error)
  return answer instanceof RemitError ? answer.code : 'taken'
}
const offer = (): string => {
  const { secret, fact } = offerLogin(annId, system, ids, clock.nowMs())
  store.apply(fact.changes)
  return secret
}
const open = async (): Promise<{ readonly secret: string; readonly id: string }> => {
  const { link } = await room.byLoginLink(offer())
  const { secret, session, fact } = signIn(link, ids, clock.nowMs())
  store.apply(fact.changes)
  return { secret, id: session.id }
}
const letAnnLeave = async (): Promise<void> => {
  const ann = await store.getPerson(annId)
  store.apply(ann === undefined ? [] : leave(ann, system).changes)
}

describe('a session', () => {
  it('names its person until it ends by itself', async () => {
    const { secret, id } = await open()
    expect(await room.bySession(secret)).toMatchObject({ kind: 'person', person: { id: annId }, sessionId: id })
    clock.advance(LIMITS.sessionSeconds * 1000 - 1)
    expect(await outcomeOf(room.bySession(secret))).toBe('taken')
    clock.advance(1)
    expect(await outcomeOf(room.bySession(secret))).toBe('session_invalid')
  })

  it('is not opened by what is kept of it', async () => {
    const { id } = await open()
    expect(await outcomeOf(room.bySession(id))).toBe('session_invalid')
  })

  it('counts no more once it was ended', async () => {
    const { secret, id } = await open()
    const kept = await store.getSession(id)
    store.apply(kept === undefined ? [] : signOut(kept, clock.nowMs()).changes)
    expect(await outcomeOf(room.bySession(secret))).toBe('session_invalid')
  })

  it('counts no more once its person left', async () => {
    const { secret } = await open()
    await letAnnLeave()
    expect(await outcomeOf(room.bySession(secret))).toBe('session_invalid')
  })

  it.each(['', 'rms_guess', 'x'.repeat(10_000)])('is not opened by a wrong secret: %#', async (secret) => {
    await open()
    expect(await outcomeOf(room.bySession(secret))).toBe('session_invalid')
  })
})

describe('a one-time sign-in link', () => {
  it('names its person once', async () => {
    const secret = offer()
    const { person, link } = await room.byLoginLink(secret)
    expect(person.id).toBe(annId)
    store.apply(signIn(link, ids, clock.nowMs()).fact.changes)
    expect(await outcomeOf(room.byLoginLink(secret))).toBe('login_link_invalid')
  })

  it('used twice at the same time counts for one', async () => {
    const secret = offer()
    const [first, second] = await Promise.all([room.byLoginLink(secret), room.byLoginLink(secret)])
    store.apply(signIn(first.link, ids, clock.nowMs()).fact.changes)
    expect(() => store.apply(signIn(second.link, ids, clock.nowMs()).fact.changes)).toThrow(/conflict/)
  })

  it('counts no more after its end', async () => {
    const secret = offer()
    clock.advance(LIMITS.loginLinkSeconds * 1000)
    expect(await outcomeOf(room.byLoginLink(secret))).toBe('login_link_invalid')
  })

  it('counts no more once its person left', async () => {
    const secret = offer()
    await letAnnLeave()
    expect(await outcomeOf(room.byLoginLink(secret))).toBe('login_link_invalid')
  })

  it('is no session, and a session is no link', async () => {
    expect(await outcomeOf(room.bySession(offer()))).toBe('session_invalid')
    expect(await outcomeOf(room.byLoginLink((await open()).secret))).toBe('login_link_invalid')
  })
})
