import { describe, expect, it } from 'vitest'
import { hourMs, reader, startMs, taskRequest, World, writer } from '../../../test/decide/world.ts'
import { type ProvenPerson, provePerson, type WorkloadCaller } from '../../authenticate/caller.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import type { DelegationGrant } from '../../contract/register/delegation-grant.ts'
import type { TaskRequest } from '../requests.ts'

const zoe = 'psn_asker'

/** A world in which a person may read, and lets the reader act for them as `more` says; null where they do not. */
function stage(more: Partial<DelegationGrant> | null = {}): World {
  const world = new World()
  world.rows.put('person_rights', {
    id: 'rgt_1',
    personId: zoe,
    scope: [{ action: 'docs/*', resource: 'docs:/*' }],
    classes: ['read'],
    ceiling: 'confidential',
    reason: 'It is their work',
    grantedBy: 'psn_owner',
    startsMs: startMs - hourMs,
    endsMs: startMs + 24 * hourMs,
    state: 'granted',
  })
  const login = { id: 'lgn_1', personId: zoe, issuer: 'https://idp.example', subject: 'zoe' }
  world.rows.put('person_logins', { ...login, createdMs: startMs, endedMs: null })
  if (more !== null) world.grant(zoe, reader.id, { fromOwner: zoe, toOwner: 'psn_owner', approvalId: null, ...more })
  return world
}

function vouched(world: World, claims: JsonObject = {}): ProvenPerson {
  const [person, login] = [world.rows.get('persons', zoe), world.rows.get('person_logins', 'lgn_1')]
  if (person === undefined || login === undefined) throw new Error('nobody is there')
  const guards = [{ op: 'require', table: 'person_logins', key: 'lgn_1', version: login.version }] as const
  const token = { issuer: 'https://idp.example', jti: null, claims, possession: null }
  return provePerson({ kind: 'vouched', person, login, ...token, guards, changes: [] })
}

interface Asked {
  readonly claims?: JsonObject
  readonly workload?: WorkloadCaller
  readonly request?: Partial<TaskRequest>
}

const ask = (world: World, { claims, workload = world.workload(), request = {} }: Asked = {}) =>
  world.decide.actingTask(workload, vouched(world, claims), { ...taskRequest, ...request })

async function denied(world: World, asked: Asked = {}) {
  const { code, reasons, ask: next, nearest } = world.refuse(await ask(world, asked))
  return { code, rule: reasons[0]?.rule, sentence: reasons[0]?.sentence, next: next?.sentence, nearest }
}

describe('a task that a workload opens on behalf of a person who lets it', () => {
  it('is theirs for as much as both may do, and only this workload has it', async () => {
    const world = stage({ depthMax: 0, minStrength: 'key-bound' })
    const decided = await ask(world)
    const { grant, entry } = world.take(decided)
    expect(grant).toMatchObject({
      identityId: reader.id,
      onBehalfOf: zoe,
      bindingId: 'bnd_reader',
      loginId: 'lgn_1',
      grantId: `dlg_${zoe}_${reader.id}`,
      rightIds: ['rgt_1'],
      takenBy: { bindingKinds: ['oidc'], issuers: ['https://issuer.test'], minStrength: 'key-bound' },
      delegationDepthLeft: 0,
    })
    expect(grant).not.toHaveProperty('foreignAct')
    expect(entry).toMatchObject({
      data: { binding: { id: 'bnd_reader', strength: 'key-bound' }, loginId: 'lgn_1', rights: ['rgt_1'] },
    })
    const guarded = decided.changes.filter(({ op }) => op === 'require').map(({ table }) => table)
    expect(guarded).toEqual(
      expect.arrayContaining(['person_logins', 'delegation_grants', 'person_rights', 'bindings', 'entitlements']),
    )
  })

  it('is recorded only while the person lets it', async () => {
    const world = stage()
    const decided = await ask(world)
    world.change('delegation_grants', `dlg_${zoe}_${reader.id}`, { state: 'ended' })
    expect(() => world.take(decided)).toThrow(expect.objectContaining({ code: 'conflict' }))
  })

  it('may be handed on as far as the tier and the person let it', async () => {
    const depth = async (depthMax: number): Promise<number> => {
      const world = stage(null)
      world.change('entitlements', 'ent_writer', { classes: ['read'] })
      world.grant(zoe, writer.id, { fromOwner: zoe, toOwner: 'psn_owner', depthMax })
      const request = { purpose: 'release', ticket: 'REL-1' }
      return world.take(await ask(world, { workload: world.workload(writer.id), request })).grant.delegationDepthLeft
    }
    expect([await depth(0), await depth(1)]).toEqual([0, 1])
    expect(await depth(9)).toBeLessThan(9)
  })

  it.each<[string, Partial<DelegationGrant> | null]>([
    ['nobody', null],
    ['somebody else', { to: writer.id }],
    ['this identity no more', { state: 'ended' }],
    ['this identity not yet', { startsMs: startMs + 1 }],
    ['this identity under another owner', { toOwner: 'psn_sponsor' }],
  ])('is denied where they let %s', async (_, more) => {
    expect(await denied(stage(more))).toMatchObject({
      code: 'actor_unauthorized',
      rule: 'law:may-act',
      sentence: 'The person has not let this identity act for them.',
      next: 'Ask the person to let it act for them (remit acting let), for as much and as long as it is needed.',
    })
  })

  it.each<[string, Partial<DelegationGrant>, string, string]>([
    [
      'for something else',
      { scope: [{ action: 'docs/*', resource: 'docs:/board/*' }] },
      'scope_exceeded',
      'granted-scope',
    ],
    ['for less sensitive data', { ceiling: 'public' }, 'ceiling_exceeded', 'granted-ceiling'],
    ['for a shorter time', { endsMs: startMs + 60_000 }, 'end_exceeded', 'granted-end'],
    ['by other workloads', { issuers: ['https://other.test'] }, 'actor_unauthorized', 'meant-for'],
  ])('is denied where they let it act %s', async (_, more, code, rule) => {
    expect(await denied(stage(more))).toMatchObject({ code, rule: `law:${rule}` })
  })

  it('is denied to a workload that proves itself more weakly than they ask for', async () => {
    const world = stage({ minStrength: 'attested' })
    expect(await denied(world)).toMatchObject({
      code: 'actor_unauthorized',
      rule: 'law:meant-for',
      sentence:
        'The person has let other workloads of this identity act for them, or those that prove themselves more strongly.',
      next: 'Prove yourself as the person asks for, or ask them to let this workload act for them too.',
    })
    world.take(await ask(world, { workload: world.workload(reader.id, { strength: 'attested' }) }))
  })

  it('is denied for what the person may not do themselves, in words about them', async () => {
    const world = stage()
    world.change('person_rights', 'rgt_1', { scope: [{ action: 'docs/*', resource: 'docs:/handbook/a*' }] })
    const { sentence, next, ...rest } = await denied(world)
    expect(rest).toEqual({
      code: 'scope_exceeded',
      rule: 'law:behalf-rights',
      nearest: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/a*' }],
    })
    expect(sentence).toBe(
      'The person has no right to docs/read_text_file on docs:/handbook/* up to internal data for so long, and so nobody gets it on their behalf.',
    )
    expect(next).toBe('Ask for what the person may do themselves; an administrator gives them rights.')
  })

  it('is denied to what is not made as it was approved', async () => {
    const world = stage()
    const composition = { model: 'm', promptDigest: null, toolsDigest: null }
    world.change('identities', reader.id, { composition })
    expect(await denied(world)).toMatchObject({ code: 'composition_changed', rule: 'law:composition' })
    const other = { ...composition, model: 'n' }
    expect(await denied(world, { request: { composition: other } })).toMatchObject({ code: 'composition_changed' })
    world.take(await ask(world, { request: { composition } }))
  })

  it('is denied to a workload whose proof its tier does not take', async () => {
    const world = stage()
    world.change('bindings', 'bnd_reader', { kind: 'secret', issuer: 'secret' })
    expect(await denied(world)).toMatchObject({ code: 'secret_not_allowed', rule: 'law:static-secret' })
    const grave = stage()
    world.change('identities', reader.id, { tier: 'T0' })
    world.take(await ask(world))
    grave.change('identities', reader.id, { tier: 'T4' })
    expect(await denied(grave)).toMatchObject({ code: 'proof_missing', rule: 'law:attested' })
  })

  it('falls with the binding of the workload', async () => {
    const world = stage()
    world.change('bindings', 'bnd_reader', { endedMs: startMs })
    world.refuse(await ask(world))
    const cut = stage()
    cut.cutOff('binding:bnd_reader')
    expect(await denied(cut)).toMatchObject({ code: 'cut_off' })
  })
})

describe('who the token of a person names as who may act for them', () => {
  const named: [string, JsonObject][] = [
    ['nobody', {}],
    ['the identity, by its id with us', { may_act: { sub: reader.id } }],
    ['the workload, by its issuer and subject', { may_act: { sub: reader.id, iss: 'https://issuer.test' } }],
  ]
  it.each(named)('is %s', async (_, claims) => {
    const world = stage()
    expect(world.take(await ask(world, { claims })).grant.onBehalfOf).toBe(zoe)
  })

  const others: [string, JsonObject][] = [
    ['another identity', { may_act: { sub: writer.id } }],
    ['an identity with this id elsewhere', { may_act: { sub: reader.id, iss: 'https://other.test' } }],
    ['another subject of its issuer', { may_act: { sub: 'other', iss: 'https://issuer.test' } }],
    ['an issuer alone', { may_act: { iss: 'https://issuer.test' } }],
    ['nothing that can be read', { may_act: reader.id }],
    ['nothing', { may_act: null }],
    ['a list', { may_act: [{ sub: reader.id }] }],
  ]
  it.each(others)('is, and so this one may not, %s', async (_, claims) => {
    expect(await denied(stage(), { claims })).toMatchObject({
      code: 'actor_unauthorized',
      rule: 'law:may-act-token',
      sentence: 'The token of the person names somebody else who may act for them (may_act).',
      next: 'Ask the identity provider for a token that names this workload, or none.',
    })
  })
})

describe('a task that a person opens through a client', () => {
  it('is denied of an identity that was approved as it is made: no client says what runs', async () => {
    const world = stage(null)
    world.change('identities', reader.id, { composition: { model: 'm', promptDigest: null, toolsDigest: null } })
    const through = { bindingId: 'bnd_reader' }
    const { code, reasons, ask } = world.refuse(
      await world.decide.behalfTask(vouched(world), reader.id, taskRequest, through),
    )
    expect([code, reasons[0]?.rule]).toEqual(['composition_changed', 'law:client-composition'])
    expect(reasons[0]?.sentence).toMatch(/ was approved as it is made, and no client can say what runs\.$/)
    expect(ask?.sentence).toContain('remit acting let')
    world.take(await world.decide.behalfTask(vouched(world), reader.id, taskRequest)) // by a workload, which says so
  })

  const hop = (sub: string, act?: JsonObject): JsonObject => ({ iss: 'https://other.test', sub, ...(act && { act }) })

  async function depth(foreignAct?: JsonObject): Promise<number> {
    const world = stage(null)
    world.change('entitlements', 'ent_writer', { classes: ['read'] })
    const request = { ...taskRequest, purpose: 'release', ticket: 'REL-1' }
    const by = { bindingId: 'bnd_writer', ...(foreignAct && { foreignAct }) }
    const { grant, entry } = world.take(await world.decide.behalfTask(vouched(world), writer.id, request, by))
    expect([grant.bindingId, grant.foreignAct]).toEqual(['bnd_writer', foreignAct])
    expect(entry.data).toMatchObject({ binding: { id: 'bnd_writer' }, loginId: 'lgn_1' })
    return grant.delegationDepthLeft
  }

  it('may be handed on less far by each hop that was made for them elsewhere', async () => {
    const most = await depth()
    expect(most).toBeGreaterThan(0)
    expect(await depth(hop('a'))).toBe(most - 1)
    expect(await depth(hop('a', hop('b', hop('c'))))).toBe(Math.max(0, most - 3))
    expect(await depth({ sub: 7 })).toBe(0)
  })

  it('is for that client, and for no other binding of the identity', async () => {
    const world = stage(null)
    const other = world.rows.get('bindings', 'bnd_reader')
    if (other === undefined) throw new Error('there is no binding')
    world.rows.put('bindings', { ...other, id: 'bnd_client', kind: 'client', issuer: 'client', subject: 'app' })
    const open = (by?: { readonly bindingId: string }) =>
      world.decide.behalfTask(vouched(world), reader.id, taskRequest, by)
    const { grant } = world.take(await open({ bindingId: 'bnd_client' }))
    expect(grant).toMatchObject({ bindingId: 'bnd_client', takenBy: { bindingKinds: ['client'], issuers: ['client'] } })
    expect(world.refuse(await open())).toMatchObject({ code: 'request_invalid' })
    expect(world.refuse(await open({ bindingId: 'bnd_writer' })).outcome).toBe('denial')
  })
})
