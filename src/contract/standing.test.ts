import { describe, expect, it } from 'vitest'
import { newCredential, newIdentity, newTask } from '../../test/contract/nouns.ts'
import type { Cutoff } from './cutoff.ts'
import type { Binding } from './register/binding.ts'
import type { DelegationGrant } from './register/delegation-grant.ts'
import type { Person } from './register/person.ts'
import type { PersonRight } from './register/person-right.ts'
import { cutoffTargets, type Footing, findStandingFaults } from './standing.ts'

const atMs = 1_000
const cutoff = (at: number): Cutoff => ({
  id: 'task:tsk_own',
  target: 'task',
  targetId: 'tsk_own',
  atMs: at,
  because: 'test',
  by: 'psn_sam',
})

const person = (id: string, state: Person['state'] = 'active'): Person => ({
  id,
  name: id,
  email: '',
  roles: [],
  state,
  createdMs: 0,
})
const binding = (id: string, endedMs: number | null = null): Binding => ({
  id,
  identityId: 'idn_own',
  kind: 'oidc',
  issuer: 'https://issuer.test',
  subject: id,
  claims: {},
  keys: [],
  createdMs: 0,
  endedMs,
})
const right = (more: Partial<PersonRight> = {}): PersonRight => ({
  id: 'rgt_1',
  personId: 'psn_cam',
  scope: [],
  classes: ['read'],
  ceiling: 'internal',
  reason: 'needed',
  grantedBy: 'psn_ann',
  startsMs: 0,
  endsMs: 2_000,
  state: 'granted',
  ...more,
})

const grant = (more: Partial<DelegationGrant> = {}): DelegationGrant => ({
  id: 'dlg_1',
  from: 'idn_root',
  to: 'idn_own',
  fromOwner: 'psn_bob',
  toOwner: 'psn_ann',
  scope: [],
  classes: ['read'],
  ceiling: 'internal',
  depthMax: 0,
  reason: 'They work together',
  approvalId: 'apr_1',
  createdMs: 0,
  startsMs: 0,
  endsMs: 2_000,
  state: 'granted',
  ...more,
})

const sound: Footing = {
  identity: newIdentity({ id: 'idn_own', owner: 'psn_ann', vendor: 'acme' }),
  credential: newCredential({ issuedMs: 500, expiresMs: 2_000, audience: 'https://remit.test/mcp/docs' }),
  task: newTask({
    id: 'tsk_own',
    identityId: 'idn_own',
    parentId: 'tsk_root',
    rootId: 'tsk_root',
    chain: ['root', 'own'].map((each) => ({ identityId: `idn_${each}`, name: each, taskId: `tsk_${each}` })),
    grantId: 'dlg_1',
    bindingId: 'bnd_own',
    endsMs: 2_000,
  }),
  ancestors: [newTask({ id: 'tsk_root', rootId: 'tsk_root', bindingId: 'bnd_root', endsMs: 3_000 })],
  delegators: [newIdentity({ id: 'idn_root', owner: 'psn_bob', vendor: null })],
  people: [person('psn_ann'), person('psn_bob')],
  bindings: [binding('bnd_own'), binding('bnd_root')],
  grounds: { credentials: [], rights: [], grants: [grant()], logins: [] },
  cutoffs: [cutoff(499)],
}
const { identity, credential, task, ancestors, delegators } = sound
const [root] = ancestors

/** Handed on with a token, out of a task that a person opened. */
const behalf: Footing = {
  ...sound,
  task: { ...task, onBehalfOf: 'psn_cam', fromCredentialId: 'crd_root' },
  ancestors: ancestors.map((row) => ({ ...row, onBehalfOf: 'psn_cam', rightIds: ['rgt_1'] })),
  people: [...sound.people, person('psn_cam')],
  grounds: { credentials: [{ id: 'crd_root', state: 'issued' }], rights: [right()], grants: [grant()], logins: [] },
}
/** The same, opened on the word of an identity provider. */
const vouched = (...logins: Footing['grounds']['logins']): Partial<Footing> => ({
  ...behalf,
  ancestors: behalf.ancestors.map((row) => ({ ...row, loginId: 'lgn_1' })),
  grounds: { ...behalf.grounds, logins },
})
const grounds = (more: Partial<Footing['grounds']>): Partial<Footing> => ({
  ...behalf,
  grounds: { ...behalf.grounds, ...more },
})
const [delegator] = delegators

/** A task that an identity opened itself on behalf of a person who lets it. */
const { fromCredentialId: _, ...let_ } = behalf.task
const acting = (more: Partial<DelegationGrant> = {}): Footing => ({
  ...behalf,
  task: { ...let_, parentId: null, grantId: 'dlg_2' },
  ancestors: [],
  delegators: [],
  grounds: {
    ...behalf.grounds,
    grants: [grant({ id: 'dlg_2', from: 'psn_cam', fromOwner: 'psn_cam', approvalId: null, ...more })],
  },
})

describe('a token', () => {
  it('counts while all that it rests on stands', () => {
    expect(findStandingFaults(sound, atMs)).toEqual([])
    const { grantId: _, ...opened } = task
    const alone = { ...sound, task: { ...opened, parentId: null }, ancestors: [], delegators: [], cutoffs: [] }
    expect(findStandingFaults(alone, atMs)).toEqual([])
    expect(findStandingFaults(behalf, atMs)).toEqual([])
    expect(findStandingFaults({ ...behalf, ...vouched({ id: 'lgn_1', endedMs: null }) }, atMs)).toEqual([])
    expect(findStandingFaults(acting(), atMs)).toEqual([])
  })

  it.each<[string, Partial<DelegationGrant>]>([
    ['ends', { state: 'ended' }],
    ['is over', { endsMs: atMs }],
    ['is of another person', { from: 'psn_bob', fromOwner: 'psn_bob' }],
    ['is for another identity', { to: 'idn_root' }],
    ['was for whoever owned it before', { toOwner: 'psn_bob' }],
    ['is another one', { id: 'dlg_3' }],
  ])('falls with what a person lets it by, where that %s', (_, more) => {
    expect(findStandingFaults(acting(more), atMs)).toEqual(['task_not_active'])
  })

  it.each<[string, Partial<Footing>, string]>([
    ['it was taken back', { credential: { ...credential, state: 'revoked' } }, 'token_revoked'],
    ['it was never given out', { credential: { ...credential, state: 'intended' } }, 'token_revoked'],
    ['its time is up', { credential: { ...credential, expiresMs: atMs } }, 'token_expired'],
    ['it is cut off in the moment in which it was made', { cutoffs: [cutoff(500)] }, 'cut_off'],
    ['one cutoff of several is newer', { cutoffs: [cutoff(1), cutoff(600)] }, 'cut_off'],
    ['its task has ended', { task: { ...task, state: 'completed' } }, 'task_not_active'],
    ['its task is past its end', { task: { ...task, endsMs: atMs } }, 'task_not_active'],
    ['a task above has ended', { ancestors: [{ ...root, state: 'revoked' } as never] }, 'task_not_active'],
    ['a task above is past its end', { ancestors: [{ ...root, endsMs: atMs } as never] }, 'task_not_active'],
    ['its identity is suspended', { identity: { ...identity, state: 'suspended' } }, 'identity_inactive'],
    [
      'an identity above is retired',
      { delegators: [{ ...delegator, state: 'retired' } as never] },
      'identity_inactive',
    ],
    ['who answers for it has left', { people: [person('psn_ann', 'left'), person('psn_bob')] }, 'identity_inactive'],
    ['who answers for one above is unknown', { people: [person('psn_ann')] }, 'identity_inactive'],
    [
      'its binding is a static secret that has ended by itself',
      { bindings: [{ ...binding('bnd_own'), secretEndsMs: 1 }, binding('bnd_root')] },
      'identity_inactive',
    ],
    ['its binding has ended', { bindings: [binding('bnd_own', 1), binding('bnd_root')] }, 'identity_inactive'],
    ['a binding above is unknown', { bindings: [binding('bnd_own')] }, 'identity_inactive'],
    [
      'the person for whom it acts has left',
      { ...behalf, people: [...sound.people, person('psn_cam', 'left')] },
      'identity_inactive',
    ],
    ['the person for whom it acts is unknown', { ...behalf, people: sound.people }, 'identity_inactive'],
    [
      'the token with which it was handed on was taken back',
      grounds({ credentials: [{ id: 'crd_root', state: 'revoked' }] }),
      'task_not_active',
    ],
    ['the token with which it was handed on is unknown', grounds({ credentials: [] }), 'task_not_active'],
    ['a right above has ended', grounds({ rights: [right({ state: 'ended' })] }), 'task_not_active'],
    ['a right above is past its end', grounds({ rights: [right({ endsMs: atMs })] }), 'task_not_active'],
    ['a right above has not begun', grounds({ rights: [right({ startsMs: atMs + 1 })] }), 'task_not_active'],
    ...['ended', 'waiting'].map((state): [string, Partial<Footing>, string] => [
      `the grant under which it was handed on is ${state}`,
      grounds({ grants: [grant({ state: state as 'ended' })] }),
      'task_not_active',
    ]),
    ['its grant is past its end', grounds({ grants: [grant({ endsMs: atMs })] }), 'task_not_active'],
    ['its grant has not begun', grounds({ grants: [grant({ startsMs: atMs + 1 })] }), 'task_not_active'],
    ['its grant is unknown', grounds({ grants: [grant({ id: 'dlg_2' })] }), 'task_not_active'],
    ['it was handed on under no grant', { task: { ...task, grantId: undefined } as never }, 'task_not_active'],
    ['its grant lets somebody else act', grounds({ grants: [grant({ to: 'idn_9' })] }), 'task_not_active'],
    ['its grant is of another delegator', grounds({ grants: [grant({ from: 'idn_9' })] }), 'task_not_active'],
    ['who gave its grant answers no more', grounds({ grants: [grant({ fromOwner: 'psn_9' })] }), 'task_not_active'],
    ['who took its grant answers no more', grounds({ grants: [grant({ toOwner: 'psn_9' })] }), 'task_not_active'],
    ['a right above is unknown', grounds({ rights: [] }), 'task_not_active'],
    ['the login above has ended', vouched({ id: 'lgn_1', endedMs: 1 }), 'task_not_active'],
    ['the login above is another one', vouched({ id: 'lgn_2', endedMs: null }), 'task_not_active'],
    ['the login above is unknown', vouched(), 'task_not_active'],
  ])('does not count where %s', (_, more, fault) => {
    expect(findStandingFaults({ ...sound, ...more }, atMs)).toEqual([fault])
  })

  it('counts to its last millisecond', () => {
    expect(findStandingFaults(sound, 1_999)).toEqual([])
    expect(findStandingFaults(sound, 2_000)).toEqual(['token_expired', 'task_not_active'])
  })

  it('tells all that is wrong, the most telling first', () => {
    const fallen: Footing = {
      ...sound,
      identity: { ...identity, state: 'suspended' },
      credential: { ...credential, state: 'revoked', expiresMs: 1 },
      task: { ...task, state: 'revoked' },
      cutoffs: [cutoff(600)],
    }
    const faults = ['token_revoked', 'token_expired', 'cut_off', 'task_not_active', 'identity_inactive']
    expect(findStandingFaults(fallen, atMs)).toEqual(faults)
  })
})

describe('what can cut a token off', () => {
  const ofTask = [
    'identity:idn_own',
    'identity:idn_root',
    'owner:psn_ann',
    'owner:psn_bob',
    'vendor:acme',
    'task:tsk_own',
    'task:tsk_root',
    'binding:bnd_own',
    'binding:bnd_root',
    'chain:tsk_root',
  ]

  it('is everybody and everything in its chain, and the server that it is for', () => {
    expect([...cutoffTargets(sound)].sort()).toEqual(['upstream:docs', ...ofTask].sort())
  })

  it('is without the server what can cut its task off', () => {
    expect([...cutoffTargets({ identity, task, ancestors, delegators })].sort()).toEqual([...ofTask].sort())
  })

  it('is named once, whoever shares it, and not where there is none', () => {
    const shared = cutoffTargets({
      identity: { ...identity, owner: null, vendor: null },
      task: { ...task, bindingId: null },
      ancestors: [],
      delegators: [{ ...identity, owner: null, vendor: null }],
    })
    expect([...shared].sort()).toEqual(['chain:tsk_root', 'identity:idn_own', 'task:tsk_own'])
  })

  it.each([
    ['https://remit.test', []],
    ['https://remit.test/mcp/', []],
    ['https://remit.test/mcp/docs/more', []],
    ['https://remit.test/mcp/docs', ['upstream:docs']],
  ])('for the audience %s has the servers %j', (audience, servers) => {
    const targets = cutoffTargets({ ...sound, credential: { ...credential, audience } })
    expect(targets.filter((target) => target.startsWith('upstream:'))).toEqual(servers)
  })
})
