import { describe, expect, it } from 'vitest'
import { newCredential, newTask } from '../../../test/contract/nouns.ts'
import { atMs, kept, newMember, newPerson, newStanding } from '../../../test/decide/nouns.ts'
import type { Binding } from '../../contract/register/binding.ts'
import { TIERS } from '../../contract/register/tier.ts'
import type { CutoffLook, Standing } from '../lineage.ts'
import { findBroken } from './law.ts'
import { PROOF_LAWS, STANDING_LAWS } from './standing.ts'

const binding = kept<Binding>({
  id: 'bnd_1',
  identityId: 'idn_1',
  kind: 'oidc',
  issuer: 'https://issuer.test',
  subject: 'x',
  claims: {},
  keys: [],
  createdMs: 0,
  endedMs: null,
})

const look = (madeMs: number, cutMs?: number): CutoffLook => ({
  id: 'task:tsk_1',
  madeMs,
  kept:
    cutMs === undefined
      ? undefined
      : kept({ id: 'task:tsk_1', target: 'task', targetId: 'tsk_1', atMs: cutMs, because: 'x', by: 'psn_1' }),
})
const token = (more: Parameters<typeof newCredential>[0]) => kept(newCredential({ expiresMs: atMs + 1, ...more }))
const live = newTask({ id: 'tsk_live', endsMs: atMs + 1 })

/** What a broken law says: its rule, its code, its sentence and the way to ask. */
function hear(more: Partial<Standing>): readonly string[] | undefined {
  const facts = newStanding(more)
  const broken = findBroken(STANDING_LAWS, facts)
  return broken === undefined ? undefined : [broken.rule, broken.code, broken.says(facts), broken.ask(facts)]
}

const NEW_OWNER =
  'Ask an administrator to give it a new owner (remit identity reassign), who puts it up for approval again.'
const AGAIN = 'Ask the owner of reader to put it up for approval again.'
const WAITING = 'Wait until people have approved it: they were asked.'
const NEW_TOKEN = 'Ask for a new token inside the task.'

describe('who acts, answers and hands on', () => {
  it.each<[string, Partial<Standing>]>([
    ['alone', {}],
    ['with a token to its last millisecond', { credential: token({}) }],
    ['with a token that is being written', { credential: token({ state: 'intended' }) }],
    ['for a person who is here', { behalf: [newPerson()] }],
    ['by a binding that has not ended', { bindings: [binding] }],
    ['in a task to its last millisecond', { tasks: [kept(live)] }],
    ['where nothing was ever cut off', { cutoffs: [look(0)] }],
    ['since a cutoff that it came after', { cutoffs: [look(501, 500)] }],
    ['in a chain of several', { members: [newMember(), newMember({ id: 'idn_2' })] }],
  ])('stands %s', (_, more) => {
    expect(hear(more)).toBeUndefined()
  })

  it.each<[string, Partial<Standing>, readonly string[]]>([
    ['nobody acts', { members: [] }, ['law:active', 'identity_inactive', 'the identity is unknown, not active.']],
    [
      'one of a chain is suspended',
      { members: [newMember(), newMember({ state: 'suspended' })] },
      ['law:active', 'identity_inactive', 'reader is suspended, not active.', AGAIN],
    ],
    [
      'it waits for people to approve it',
      { members: [newMember({ state: 'pending' })] },
      ['law:active', 'identity_inactive', 'reader is pending, not active.', WAITING],
    ],
    [
      'it is retired',
      { members: [newMember({ state: 'retired' })] },
      [
        'law:active',
        'identity_inactive',
        'reader is retired, not active.',
        'It is retired for good; act as another identity.',
      ],
    ],
    [
      'it was only seen',
      { members: [newMember({ state: 'discovered' })] },
      [
        'law:active',
        'identity_inactive',
        'reader is discovered, not active.',
        'Ask a person to adopt it (remit identity adopt).',
      ],
    ],
    [
      'it is suspended and its owner has left',
      { members: [newMember({ state: 'suspended' }, { owner: newPerson({ state: 'left' }) })] },
      ['law:active', 'identity_inactive', 'reader is suspended, not active.', NEW_OWNER],
    ],
    [
      'its owner has left',
      { members: [newMember(), newMember({}, { owner: newPerson({ state: 'left' }) })] },
      ['law:owner', 'identity_inactive', 'Nobody answers for reader any more.', NEW_OWNER],
    ],
    [
      'its owner is not known',
      { members: [newMember({}, { owner: undefined })] },
      ['law:owner', 'identity_inactive', 'Nobody answers for reader any more.', NEW_OWNER],
    ],
    [
      'it has no owner, whoever is read',
      { members: [newMember({ owner: null })] },
      ['law:owner', 'identity_inactive', 'Nobody answers for reader any more.', NEW_OWNER],
    ],
    [
      'the person whom it acts for has left',
      { behalf: [newPerson(), newPerson({ state: 'left' })] },
      [
        'law:behalf',
        'identity_inactive',
        'The person on whose behalf the task acts has left.',
        'Open a new task on behalf of somebody who is here.',
      ],
    ],
    [
      'the person whom it acts for is not known',
      { behalf: [undefined] },
      [
        'law:behalf',
        'identity_inactive',
        'The person on whose behalf the task acts has left.',
        'Open a new task on behalf of somebody who is here.',
      ],
    ],
    [
      'its token was taken back',
      { credential: token({ state: 'revoked' }) },
      ['law:credential', 'token_revoked', 'The access token has been taken back.', NEW_TOKEN],
    ],
    [
      'its token is at its end',
      { credential: token({ expiresMs: atMs }) },
      ['law:credential-end', 'token_expired', 'The access token has expired.', NEW_TOKEN],
    ],
    [
      'it was cut off in the moment in which it was made',
      { cutoffs: [look(0), look(500, 500)] },
      [
        'law:cutoff',
        'cut_off',
        'It was cut off: task:tsk_1.',
        'A responder made the cutoff and knows why; what is approved and opened after it counts again.',
      ],
    ],
    [
      'one of its bindings is a static secret that has ended by itself',
      { bindings: [binding, { ...binding, kind: 'secret', secretEndsMs: 1 }] },
      [
        'law:binding',
        'identity_inactive',
        'The binding by which the workload proved itself has ended.',
        'Ask the owner to add a binding for this workload.',
      ],
    ],
    [
      'one of its bindings has ended',
      { bindings: [binding, { ...binding, endedMs: 1 }] },
      [
        'law:binding',
        'identity_inactive',
        'The binding by which the workload proved itself has ended.',
        'Ask the owner to add a binding for this workload.',
      ],
    ],
    [
      'a task of the chain is at its end',
      { tasks: [kept(live), kept({ ...live, id: 'tsk_past', endsMs: atMs })] },
      ['law:task-live', 'task_not_active', 'The task tsk_past is past its end.', 'Open a new task.'],
    ],
    [
      'a task of the chain was revoked',
      { tasks: [kept(live), kept({ ...live, id: 'tsk_gone', state: 'revoked' })] },
      ['law:task-live', 'task_not_active', 'The task tsk_gone is revoked.', 'Open a new task.'],
    ],
    [
      'a task of the chain waits',
      { tasks: [kept(live), kept({ ...live, id: 'tsk_waits', state: 'waiting' })] },
      ['law:task-live', 'task_not_active', 'The task tsk_waits is waiting.', 'A person must approve the task first.'],
    ],
  ])('does not stand where %s, and is told so', (_, more, told) => {
    expect(hear(more)?.slice(0, told.length)).toEqual(told)
  })
})

describe('the proof of a workload', () => {
  it.each(TIERS)('of tier %s is attested where its terms ask for that', (tier) => {
    const shown = (strength: string) => ({ identity: { tier }, strength, bindingKind: 'oidc' }) as const
    expect(findBroken(PROOF_LAWS, shown('attested'))).toBeUndefined()
    const broken = findBroken(PROOF_LAWS, shown('key-bound'))
    expect([broken?.rule, broken?.code]).toEqual(
      tier === 'T4' ? ['law:attested', 'proof_missing'] : [undefined, undefined],
    )
  })

  it.each(TIERS)('of tier %s is a static secret in none but the lowest', (tier) => {
    const facts = { identity: { tier }, strength: 'attested', bindingKind: 'secret' } as const
    const broken = findBroken(PROOF_LAWS, facts)
    expect([broken?.rule, broken?.code]).toEqual(
      tier === 'T0' ? [undefined, undefined] : ['law:static-secret', 'secret_not_allowed'],
    )
    if (tier === 'T0') return
    expect(broken?.says(facts)).toBe(`An identity of tier ${tier} does not prove itself by a static secret.`)
    expect(broken?.ask(facts)).toContain('bind the identity to a key')
  })

  it('that is too weak is told what it must be', () => {
    const facts = { identity: { tier: 'T4' }, strength: 'bearer', bindingKind: 'oidc' } as const
    const broken = findBroken(PROOF_LAWS, facts)
    expect(broken?.says(facts)).toBe('An identity of tier T4 proves itself by an attested binding.')
    expect(broken?.ask(facts)).toBe('Ask the owner to bind the identity to a workload that its platform attests.')
  })
})
