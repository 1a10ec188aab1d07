import { describe, expect, it } from 'vitest'
import { CERTIFICATION } from '../../../test/authzen/certification.ts'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { personOf, World, writer, writerRequest } from '../../../test/decide/world.ts'
import type { Caller } from '../../authenticate/caller.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { EvaluationRequest } from '../requests.ts'
import { compileDomain } from './compile-domain.ts'

const leave = [{ action: 'read', resource: 'domain:app' }]
const question: EvaluationRequest = {
  subject: { type: 'user', id: 'alice', properties: {} },
  action: { name: 'read', properties: {} },
  resource: { type: 'record', id: 'record-1', properties: {} },
  context: {},
}

/** A world with the domain `app`, and an enforcement point whose task has leave to ask it. */
async function stage(policies = '', scope = leave) {
  const world = policies === '' ? new World() : new World(addPolicies(policies))
  world.domains.put({ domain: compileDomain('app', CERTIFICATION, () => expect.unreachable()), guards: [] })
  world.change('entitlements', 'ent_writer', { scope: leave })
  world.rows.put('resource_rules', { pattern: 'domain:*', sensitivity: 'internal' })
  const point = await world.start(writer.id, { ...writerRequest, scope })
  return {
    world,
    point,
    ask: (by: Caller = point, request = question) => world.decide.evaluation(request, by, 'app'),
  }
}

describe('an enforcement point with leave to ask a domain', () => {
  it('is answered, on what the leave rested on', async () => {
    const { world, point, ask } = await stage()
    const decision = await ask()
    expect(decision).toMatchObject({ outcome: 'permit', obligations: [] })
    expect(decision.entry.data).toMatchObject({ entitlements: ['ent_writer'] })
    for (const [table, key] of [
      ['tasks', point.task.id],
      ['identities', writer.id],
      ['credentials', point.credential.id],
      ['entitlements', 'ent_writer'],
    ] as const)
      expect(decision.changes).toContainEqual(expect.objectContaining({ op: 'require', table, key }))
    expect(world.take(decision).outcome).toBe('permit')
  })

  it('is refused with the law that is broken, what it may instead, and how to ask', async () => {
    const { ask, world } = await stage()
    const lost = await world.start(writer.id, { ...writerRequest, scope: leave })
    world.change('tasks', lost.task.id, { scope: [{ action: 'read', resource: 'domain:other' }] })
    const denial = await ask(lost)
    expect(denial).toMatchObject({
      outcome: 'denial',
      code: 'asker_refused',
      reasons: [
        { rule: 'law:asker', sentence: 'Asking for decisions of the domain app takes leave to read domain:app.' },
        { rule: 'law:pivot' },
      ],
      entry: { data: { domain: { name: 'app' }, asked: { action: 'read' } } },
    })
    expect(denial.outcome === 'denial' && denial.ask?.sentence).toMatch(/./)
  })

  it('is refused where the policies of the house forbid the asking, by their sentence', async () => {
    const { ask } = await stage(
      '@id("org:asker") @sentence("No asking.") forbid (principal, action, resource == Remit::Resource::"domain:app");',
    )
    expect(await ask()).toMatchObject({
      code: 'asker_refused',
      reasons: [{ rule: 'law:asker' }, { rule: 'org:asker', sentence: 'No asking.' }],
      ask: { sentence: 'The people who keep the policies can change what they forbid.' },
    })
  })

  it('is refused where a policy of the house cannot be evaluated, and by nothing that permits', async () => {
    const { ask } = await stage(
      '@id("org:broken") @sentence("It breaks.") forbid (principal, action, resource == Remit::Resource::"domain:app") when { 9223372036854775807 + 1 == 0 };',
    )
    const denial = await ask()
    if (denial.outcome === 'permit') return expect.unreachable()
    const { code, reasons } = denial
    expect([code, reasons.map(({ rule }) => rule)]).toEqual(['asker_refused', ['law:asker', 'policy:error']])
    expect(reasons[1]?.sentence).toBe('A policy could not be evaluated: org:broken: integer overflow')
  })

  it('is refused where the policies permit the asking only with an obligation: nobody carries that out here', async () => {
    const { ask } = await stage(
      '@id("org:masked") @sentence("Masked.") @obligation("Leave it out.") permit (principal, action == Remit::Action::"read", resource == Remit::Resource::"domain:app");',
    )
    expect(await ask()).toMatchObject({
      code: 'asker_refused',
      reasons: [{ rule: 'law:asker' }, { rule: 'law:obligation' }],
      ask: { sentence: 'The people who keep the policies can change what they ask for.' },
    })
  })

  it.each([
    'context.tool.server == ""',
    'context.tool.name == "read"',
    'context.tool.class.name == "read"',
    '!context.tool.resultUntrusted',
    '!context.approved',
    '!context.asked.hasTag("any")',
    '!resource.hasTag("any")',
    '!principal.hasTag("any")',
  ])("is told to policies as a read of nobody's tool: %s", async (fact) => {
    const { ask } = await stage(
      `@id("org:as-told") @sentence("Told otherwise.") forbid (principal, action, resource == Remit::Resource::"domain:app") unless { ${fact} };`,
    )
    expect(await ask()).toMatchObject({ outcome: 'permit' })
  })

  it('is told to policies with how its token is bound, and whether it proved that', async () => {
    const { ask, point } = await stage(
      '@id("org:bound") @sentence("Bound only.") forbid (principal, action, resource == Remit::Resource::"domain:app") unless { context.proof.strength == "key-bound" && context.proof.possession };',
    )
    expect(await ask()).toMatchObject({ outcome: 'permit' })
    const { strength: _, ...bearer } = point.credential
    for (const other of [
      { ...point, possession: null },
      { ...point, credential: bearer },
    ])
      expect(await ask(other)).toMatchObject({ reasons: [{ rule: 'law:asker' }, { rule: 'org:bound' }] })
  })

  it('is told to policies as one with a token that anybody could show, where it is bound to nothing', async () => {
    const { ask, point } = await stage(
      '@id("org:bearer") @sentence("Bearer only.") forbid (principal, action, resource == Remit::Resource::"domain:app") unless { context.proof.strength == "bearer" && !context.proof.possession };',
    )
    const { strength: _, ...credential } = point.credential
    expect(await ask({ ...point, credential, possession: null })).toMatchObject({ outcome: 'permit' })
  })

  it('is refused once its identity, its task or its credential falls', async () => {
    for (const fall of ['identity', 'task', 'credential'] as const) {
      const { world, point, ask } = await stage()
      if (fall === 'identity') world.change('identities', writer.id, { state: 'suspended' })
      if (fall === 'task') world.change('tasks', point.task.id, { state: 'revoked' })
      if (fall === 'credential') world.change('credentials', point.credential.id, { state: 'revoked' })
      expect(await ask()).toMatchObject({ code: 'asker_refused', reasons: [{ rule: 'law:asker' }, {}] })
    }
  })
})

describe('whoever has no task', () => {
  const strange = {
    outcome: 'denial',
    code: 'asker_refused',
    reasons: [{ rule: 'law:asker' }],
    ask: { sentence: 'Show the credential of a person with a role, or of a task.' },
  }
  it('may ask as a person with a role who is active, and as no other', async () => {
    const { world, ask } = await stage()
    expect(await ask(personOf(world))).toMatchObject({ outcome: 'permit' })
    world.change('persons', 'psn_voter', { roles: [] })
    expect(await ask(personOf(world))).toMatchObject(strange)
    world.change('persons', 'psn_voter', { roles: ['owner'], state: 'left' })
    expect(await ask(personOf(world))).toMatchObject(strange)
  })

  it('may not ask as a workload', async () => {
    const { world, ask } = await stage()
    expect(await ask(world.workload())).toMatchObject(strange)
  })
})

describe('the entry of a question to a domain', () => {
  const long = 'x'.repeat(LIMITS.nameCharsMax + 10)
  it('says who, what, on what, and the names of what was said, and no value; long names in short', async () => {
    const { ask, world } = await stage()
    const decision = await ask(personOf(world), {
      subject: { type: 'user', id: long, properties: { role: 'r' } },
      action: { name: 'write', properties: { soft: 's' } },
      resource: { type: 'record', id: 'record-1', properties: { status: 't' } },
      context: { ip: 'u' },
    })
    const { asked, domain } = decision.entry.data as { asked: Record<string, unknown>; domain: unknown }
    expect(domain).toMatchObject({ name: 'app' })
    expect(asked).toMatchObject({
      action: 'write',
      resource: { type: 'record', id: 'record-1' },
      said: { subject: ['role'], action: ['soft'], resource: ['status'], context: ['ip'] },
    })
    expect(JSON.stringify(asked)).not.toContain(long)
    expect(JSON.stringify(asked)).toContain('x'.repeat(LIMITS.nameCharsMax - 1))
  })

  it('says how to ask where the question cannot be judged', async () => {
    const { ask, world } = await stage()
    expect(
      await ask(personOf(world), { ...question, subject: { ...question.subject, type: 'my type' } }),
    ).toMatchObject({
      code: 'denied',
      reasons: [{ rule: 'domain:type' }],
      ask: {
        sentence: 'Ask in the words of the domain: its types of entities, and attributes of the types that it reads.',
      },
    })
  })
})
