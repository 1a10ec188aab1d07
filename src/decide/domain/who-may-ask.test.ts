import { describe, expect, it } from 'vitest'
import { CERTIFICATION } from '../../../test/authzen/certification.ts'
import { personOf, World, writer, writerRequest } from '../../../test/decide/world.ts'
import type { Role } from '../../contract/register/person.ts'
import type { EvaluationRequest } from '../requests.ts'
import { compileDomain } from './compile-domain.ts'

const fail = (): never => {
  throw new Error('the engines differ')
}

const question = (): EvaluationRequest => ({
  subject: { type: 'user', id: 'alice', properties: {} },
  action: { name: 'read', properties: {} },
  resource: { type: 'record', id: 'record-1', properties: {} },
  context: {},
})

/** A world with one domain in it. */
function stage(): { readonly world: World } {
  const world = new World()
  world.domains.put({ domain: compileDomain('app', CERTIFICATION, fail), guards: [] })
  return { world }
}

describe('who may ask a domain', () => {
  const leave = [{ action: 'read', resource: 'domain:app' }]

  it('is an identity whose task and entitlement let it read domain:NAME, and no other', async () => {
    const { world } = stage()
    const without = await world.start(writer.id)
    expect(await world.decide.evaluation(question(), without, 'app')).toMatchObject({
      code: 'asker_refused',
      reasons: [{ rule: 'law:asker' }, { rule: 'law:scope' }],
    })
    world.change('entitlements', 'ent_writer', { scope: leave })
    world.rows.put('resource_rules', { pattern: 'domain:*', sensitivity: 'internal' })
    const asker = await world.start(writer.id, { ...writerRequest, scope: leave })
    const decision = await world.decide.evaluation(question(), asker, 'app')
    expect(decision).toMatchObject({ outcome: 'permit', entry: { actor: { kind: 'identity', id: writer.id } } })
    world.domains.put({ domain: compileDomain('other', CERTIFICATION, fail), guards: [] })
    expect(await world.decide.evaluation(question(), asker, 'other')).toMatchObject({ code: 'asker_refused' })
    world.cutOff(`identity:${writer.id}`)
    expect(() => world.take(decision)).toThrow('conflict')
    expect(await world.decide.evaluation(question(), asker, 'app')).toMatchObject({ code: 'asker_refused' })
  })

  it.each<[readonly Role[], boolean]>([
    [[], false],
    [['owner'], false],
    [['responder'], false],
    [['owner', 'responder'], false],
    [['admin'], true],
    [['approver'], true],
    [['owner', 'auditor'], true],
  ])('is a person who reads what is published: as %j', async (roles, may) => {
    const { world } = stage()
    world.change('persons', 'psn_voter', { roles })
    const { outcome } = await world.decide.evaluation(question(), personOf(world), 'app')
    expect(outcome === 'permit').toBe(may)
  })

  it('is nobody who has left', async () => {
    const { world } = stage()
    world.change('persons', 'psn_voter', { state: 'left' })
    expect(await world.decide.evaluation(question(), personOf(world), 'app')).toMatchObject({ code: 'asker_refused' })
  })
})
