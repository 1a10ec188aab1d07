import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../test/arbitraries.ts'
import { budget, hourMs, read, World, writer } from '../../test/decide/world.ts'
import { type PersonCaller, proveCaller } from '../authenticate/caller.ts'
import { readFooting } from '../authenticate/footing.ts'
import type { Kept } from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import type { DelegationGrant } from '../contract/register/delegation-grant.ts'
import { containsScope, type Scope } from '../contract/scope.ts'
import { isWithinCeiling, SENSITIVITIES } from '../contract/sensitivity.ts'
import { findStandingFaults } from '../contract/standing.ts'
import type { Task } from '../contract/task.ts'

const audience = 'https://remit.test/mcp/docs'
const NAMES = ['a', 'b', 'c', 'd'] as const
const PEOPLE = ['psn_owner', 'psn_sponsor', 'psn_asker', 'psn_voter'] as const
const SCOPES: readonly Scope[] = ['docs:/*', 'docs:/handbook/*', 'docs:/handbook/a.md'].map((resource) => [
  { action: 'docs/read_text_file', resource },
])

/** Four identities that may each do the same, and answer to two people. */
function found(): World {
  const world = new World()
  for (const [at, name] of NAMES.entries()) {
    const owner = PEOPLE[at % 2] ?? 'psn_owner'
    const [entitlement, binding] = [
      world.rows.get('entitlements', 'ent_writer'),
      world.rows.get('bindings', 'bnd_writer'),
    ]
    if (entitlement === undefined || binding === undefined) throw new Error('the world has a writer')
    world.rows.put('identities', { ...writer, id: `idn_${name}`, name, owner, tier: 'T1' })
    world.rows.put('entitlements', { ...entitlement, id: `ent_${name}`, identityId: `idn_${name}` })
    world.rows.put('bindings', { ...binding, id: `bnd_${name}`, identityId: `idn_${name}`, subject: name })
  }
  for (const [from, to] of [
    ['a', 'b'],
    ['b', 'c'],
    ['a', 'd'],
  ])
    world.grant(`idn_${from}`, `idn_${to}`, { id: `dlg_${from}${to}` })
  return world
}

const pick = <T>(rows: readonly T[], at: number): T | undefined => rows[at % Math.max(1, rows.length)]

/** One thing that somebody does; `p`, `q` and `r` say to whom and with what. */
type Step = readonly [verb: keyof typeof VERBS, p: number, q: number, r: number]

const issued = (world: World): readonly Kept<Credential>[] =>
  world.rows.all('credentials').filter(({ state }) => state === 'issued')

async function token(world: World, task: Kept<Task> | undefined): Promise<void> {
  if (task === undefined) return
  const decision = await world.decide.token(world.workload(task.identityId), { taskId: task.id, audience })
  if (decision.outcome === 'denial') return
  world.rows.commit(decision.changes)
  world.change('credentials', decision.grant.credential.id, { state: 'issued' })
}

const VERBS = {
  grant: async (world, p, q, r) => {
    const [from, to] = [`idn_${pick(NAMES, p)}`, `idn_${pick(NAMES, q)}`]
    const ceiling = pick(SENSITIVITIES, r) ?? 'public'
    const more = { id: `dlg_${r % 9}`, scope: pick(SCOPES, r) ?? [], ceiling, depthMax: r % 3 }
    world.grant(from, to, { ...more, endsMs: world.nowMs + ((r % 5) + 1) * 900_000 })
  },
  end: async (world, p) => {
    const grant = pick(world.rows.all('delegation_grants'), p)
    if (grant !== undefined) world.change('delegation_grants', grant.id, { state: 'ended' })
  },
  open: async (world, p, q) => {
    const request = {
      purpose: 'release',
      goal: 'Do it',
      ticket: null,
      scope: pick(SCOPES, q) ?? [],
      ceiling: 'internal',
    } as const
    const decision = await world.decide.task(world.workload(`idn_${pick(NAMES, p)}`), {
      ...request,
      budget,
      lifeSeconds: 3_600,
    })
    if (decision.outcome === 'permit') world.rows.commit(decision.changes)
    await token(world, world.rows.all('tasks').at(-1))
  },
  behalf: async (world, p, q, r) => {
    const person = world.rows.get('persons', pick(PEOPLE, q) ?? '')
    if (person?.state !== 'active') return
    const caller = proveCaller<PersonCaller>({ kind: 'person', person, sessionId: 's', guards: [], changes: [] })
    world.rows.put('person_rights', {
      id: `rgt_${r % 5}`,
      personId: person.id,
      scope: pick(SCOPES, r) ?? [],
      classes: ['read'],
      ceiling: 'internal',
      reason: 'Theirs',
      grantedBy: 'psn_owner',
      startsMs: world.nowMs,
      endsMs: world.nowMs + hourMs,
      state: 'granted',
    })
    const request = {
      purpose: 'release',
      goal: 'For me',
      ticket: null,
      scope: pick(SCOPES, r) ?? [],
      ceiling: 'internal',
    } as const
    const decision = await world.decide.behalfTask(caller, `idn_${pick(NAMES, p)}`, {
      ...request,
      budget,
      lifeSeconds: 1_200,
    })
    if (decision.outcome === 'permit') world.rows.commit(decision.changes)
    await token(world, world.rows.all('tasks').at(-1))
  },
  handOn: async (world, p, q, r) => {
    const credential = pick(issued(world), p)
    if (credential === undefined) return
    const granted = world.rows
      .all('delegation_grants')
      .filter((row) => row.from === credential.identityId && row.state === 'granted')
    const request = {
      to: pick(granted, q)?.to.slice('idn_'.length) ?? pick(NAMES, q) ?? 'a',
      goal: 'Help',
      scope: pick(SCOPES, r) ?? [],
      ceiling: pick(['public', 'internal', 'public', 'confidential'] as const, q) ?? 'public',
    } as const
    const caller = world.agent({ id: credential.taskId }, credential)
    const decision = await world.decide.delegation(caller, {
      ...request,
      budget: { ...budget, callsMax: 2 },
      lifeSeconds: 300 + (r % 4) * 600,
    })
    if (decision.outcome === 'permit') world.rows.commit(decision.changes)
    await token(world, world.rows.all('tasks').at(-1))
  },
  token: (world, p) => token(world, pick(world.rows.all('tasks'), p)),
  revoke: async (world, p) => {
    const credential = pick(issued(world), p)
    if (credential !== undefined) world.change('credentials', credential.id, { state: 'revoked' })
  },
  finish: async (world, p) => {
    const task = pick(world.rows.all('tasks'), p)
    if (task !== undefined) world.change('tasks', task.id, { state: 'completed' })
  },
  leave: async (world, p) => world.change('persons', PEOPLE[(p % 2) + 2] ?? 'psn_asker', { state: 'left' }),
  reassign: async (world, p, q) =>
    world.change('identities', `idn_${pick(NAMES, p)}`, { owner: pick(PEOPLE, q) ?? null }),
  unright: async (world, p) => {
    const right = pick(world.rows.all('person_rights'), p)
    if (right !== undefined) world.change('person_rights', right.id, { state: 'ended' })
  },
  cut: async (world, p) => world.cutOff(`task:${pick(world.rows.all('tasks'), p)?.id ?? 'tsk_none'}`),
  clock: async (world, p) => {
    world.nowMs += (p % 4) * 300_000
  },
} as const satisfies Record<string, (world: World, p: number, q: number, r: number) => Promise<void>>

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(...(Object.keys(VERBS) as (keyof typeof VERBS)[]), 'grant', 'open', 'handOn', 'handOn', 'handOn'),
  fc.nat(999),
  fc.nat(999),
  fc.nat(999),
)

/** Says in other words than the house whether a token counts: everything that it was ever given on, looked up one by one. */
function stands(world: World, credential: Credential): boolean {
  const own = world.rows.get('tasks', credential.taskId)
  if (own === undefined || credential.state !== 'issued' || world.nowMs >= credential.expiresMs) return false
  let [task, fine]: [Kept<Task> | undefined, boolean] = [own, true]
  while (task !== undefined) {
    const identity = world.rows.get('identities', task.identityId)
    const owner = world.rows.get('persons', identity?.owner ?? '')
    const binding = world.rows.get('bindings', task.bindingId ?? '')
    fine &&= task.state === 'active' && world.nowMs < task.endsMs && owner?.state === 'active'
    fine &&= task.bindingId === null || binding?.endedMs === null
    fine &&= task.onBehalfOf === null || world.rows.get('persons', task.onBehalfOf)?.state === 'active'
    for (const id of task.rightIds ?? []) {
      const right = world.rows.get('person_rights', id)
      fine &&= right?.state === 'granted' && world.nowMs < right.endsMs && right.startsMs <= world.nowMs
    }
    const cutoff = world.rows.get('cutoffs', `task:${task.id}`)
    fine &&= cutoff === undefined || credential.issuedMs > cutoff.atMs
    const above: Kept<Task> | undefined = world.rows.get('tasks', task.parentId ?? '')
    if (above !== undefined) {
      const grant = world.rows.get('delegation_grants', task.grantId ?? '')
      const delegator = world.rows.get('identities', above.identityId)
      if (grant === undefined) return false
      fine &&= grant.state === 'granted' && world.nowMs < grant.endsMs && grant.startsMs <= world.nowMs
      fine &&= grant.from === above.identityId && grant.to === task.identityId
      fine &&= grant.fromOwner === delegator?.owner && grant.toOwner === identity?.owner
      fine &&= world.rows.get('credentials', task.fromCredentialId ?? '')?.state === 'issued'
    }
    task = above
  }
  return fine
}

/** Gives in what a task exceeds something that it was given out of, as that was when it was given. */
function excessOf(world: World, task: Kept<Task>, grantsThen: ReadonlyMap<string, DelegationGrant>): readonly string[] {
  const above = world.rows.get('tasks', task.parentId ?? '')
  if (above === undefined) return []
  const grant = grantsThen.get(task.id)
  const bounds: readonly (readonly [string, boolean])[] = [
    ['scope', containsScope(above.scope, task.scope)],
    ['ceiling', isWithinCeiling(task.ceiling, above.ceiling)],
    ['end', task.endsMs <= above.endsMs],
    ['depth', task.delegationDepthLeft < above.delegationDepthLeft],
    ['person', task.onBehalfOf === above.onBehalfOf],
    ['cycle', new Set(task.chain.map(({ identityId }) => identityId)).size === task.chain.length],
    ['no grant', grant !== undefined],
    ['scope of the grant', grant !== undefined && containsScope(grant.scope, task.scope)],
    ['ceiling of the grant', grant !== undefined && isWithinCeiling(task.ceiling, grant.ceiling)],
    ['end of the grant', grant !== undefined && task.endsMs <= grant.endsMs],
    ['depth of the grant', grant !== undefined && task.delegationDepthLeft <= grant.depthMax],
  ]
  return bounds.filter(([, holds]) => !holds).map(([name]) => name)
}

describe('whatever is done in whatever order', () => {
  it('nobody holds what one ceiling did not, and what has fallen takes all below it along at once', async () => {
    const seen = { tokens: 0, handedOn: 0, fallen: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50 }), async (steps) => {
        const world = found()
        const grantsThen = new Map<string, DelegationGrant>()
        for (const [verb, p, q, r] of steps) {
          await VERBS[verb](world, p, q, r)
          for (const task of world.rows.all('tasks')) {
            const grant = world.rows.get('delegation_grants', task.grantId ?? '')
            if (grant !== undefined && !grantsThen.has(task.id)) grantsThen.set(task.id, grant)
          }
          for (const credential of world.rows.all('credentials').filter(({ state }) => state !== 'intended')) {
            const footing = await readFooting(world.store, credential.id)
            const counts = footing !== undefined && findStandingFaults(footing, world.nowMs).length === 0
            expect([steps, verb, credential.id, counts]).toEqual([
              steps,
              verb,
              credential.id,
              stands(world, credential),
            ])
            seen.tokens += 1
            if (counts || credential.state !== 'issued') continue
            seen.fallen += 1
            const call = await world.decide.call(world.agent({ id: credential.taskId }, credential), read())
            expect(call.outcome).toBe('denial')
          }
          for (const task of world.rows.all('tasks')) {
            if (task.parentId !== null) seen.handedOn += 1
            expect(excessOf(world, task, grantsThen)).toEqual([])
          }
        }
      }),
      { ...RUNS, numRuns: Math.min(RUNS.numRuns, 500) },
    )
    expect(Math.min(seen.tokens, seen.handedOn, seen.fallen)).toBeGreaterThan(500)
  })
})
