import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { World, writer, writerRequest } from '../../../test/decide/world.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { readAct } from '../../contract/told/use.ts'
import type { AcrossAsked, TokenRequest } from '../requests.ts'

const resource = 'https://mcp.partner.example/mcp'
const both: AcrossAsked = { resource, scopes: { 'chat.read': 'read', 'chat.write': 'write' } }
const scope = [
  { action: 'read', resource },
  { action: 'write', resource },
]

/** A world in which the writer has a task that reads and writes at the partner, and the request for a grant in it. */
async function stage(
  across: AcrossAsked = both,
  world = new World(),
): Promise<{ readonly world: World; readonly request: TokenRequest }> {
  world.rows.put('resource_rules', { pattern: 'https://mcp.partner.example/*', sensitivity: 'internal' })
  for (const action of ['read', 'write'] as const)
    world.rows.put('entitlements', {
      ...(world.rows.get('entitlements', 'ent_writer') as NonNullable<
        ReturnType<typeof world.rows.get<'entitlements'>>
      >),
      id: `ent_${action}`,
      scope: [{ action, resource }],
      classes: [action],
    })
  const { grant } = world.take(await world.decide.task(world.workload(writer.id), { ...writerRequest, scope }))
  return { world, request: { taskId: grant.id, audience: 'https://as.partner.example', across } }
}

const scopesOf = async ({
  world,
  request,
}: Awaited<ReturnType<typeof stage>>): Promise<readonly string[] | undefined> =>
  world.take(await world.decide.token(world.workload(writer.id), request)).grant.credential.across?.scopes

describe('a grant for another domain', () => {
  it('is for the scopes whose classes the task, its entitlements and its purpose let be done there, for five minutes', async () => {
    const staged = await stage()
    const { world, request } = staged
    const { grant, entry } = world.take(await world.decide.token(world.workload(writer.id), request))
    expect(grant.credential).toMatchObject({
      kind: 'id_jag',
      audience: 'https://as.partner.example',
      across: { resource, scopes: ['chat.read', 'chat.write'] },
      expiresMs: world.nowMs + 300_000,
    })
    expect(entry.data).toMatchObject({ across: { resource, scopes: ['chat.read', 'chat.write'] } })
  })

  it('says of what class it is, however many scopes it is for: whoever reads the log counts as the decision does', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `chat.${at}`)
    const scopes = Object.fromEntries(names.map((name, at) => [name, at < 50 ? 'read' : 'write'] as const))
    const { world, request } = await stage({ resource, scopes })
    const { entry } = world.take(await world.decide.token(world.workload(writer.id), request))
    expect(readAct('decision.permit', entry.data, world.nowMs)).toMatchObject({
      actionClass: 'write',
      orClasses: ['read'],
      isChange: true,
    })
  })

  it('takes of the budget what one act does, and marks what may have been read there', async () => {
    const staged = await stage()
    expect(await scopesOf(staged)).toHaveLength(2)
    const { world, request } = staged
    expect(world.rows.get('task_usage', request.taskId)).toMatchObject({ calls: 1, writes: 1, confidentiality: 1 })
    expect(world.rows.get('task_usage', request.taskId)?.integrity).toBeGreaterThan(0)
  })

  it('takes of the budget what the gravest of its scopes does, in whichever order they are configured', async () => {
    const { world, request } = await stage({ resource, scopes: { 'chat.write': 'write', 'chat.read': 'read' } })
    world.take(await world.decide.token(world.workload(writer.id), request))
    expect(world.rows.get('task_usage', request.taskId)).toMatchObject({ calls: 1, writes: 1 })
  })

  it('leaves out what an entitlement wants people to approve each time: there nobody asks them', async () => {
    const staged = await stage()
    staged.world.change('entitlements', 'ent_write', { approval: 'each-call' })
    expect(await scopesOf(staged)).toEqual(['chat.read'])
  })

  it('is for what is left where the least of its scopes is refused, and takes what that one does', async () => {
    const staged = await stage()
    staged.world.change('entitlements', 'ent_read', { state: 'ended' })
    expect(await scopesOf(staged)).toEqual(['chat.write'])
    expect(staged.world.rows.get('task_usage', staged.request.taskId)).toMatchObject({ calls: 1, writes: 1 })
  })

  it('takes no more than what is left does, where the gravest of its scopes is refused', async () => {
    const staged = await stage()
    staged.world.change('entitlements', 'ent_write', { state: 'ended' })
    expect(await scopesOf(staged)).toEqual(['chat.read'])
    expect(staged.world.rows.get('task_usage', staged.request.taskId)).toMatchObject({ calls: 1, writes: 0 })
  })

  it('is void where what the task reads at the same moment would keep it from changing anything', async () => {
    const { world, request } = await stage({ resource, scopes: { 'chat.write': 'write' } })
    const permitted = await world.decide.token(world.workload(writer.id), request)
    world.change('task_usage', request.taskId, { confidentiality: 2, integrity: 2 })
    expect(() => world.take(permitted)).toThrow(expect.objectContaining({ code: 'conflict' }))
  })

  it.each([
    'context.tool.server == ""',
    'context.tool.resultUntrusted',
    '!context.approved',
    '!context.asked.hasTag("any")',
    '!resource.hasTag("any")',
    '!principal.hasTag("any")',
  ])("is told to policies as an act of nobody's tool, which answers with what is untrusted: %s", async (fact) => {
    const policy = `@id("org:as-told") @sentence("Told otherwise.") forbid (principal, action == Remit::Action::"read", resource) unless { ${fact} };`
    expect(await scopesOf(await stage(both, new World(addPolicies(policy))))).toEqual(['chat.read', 'chat.write'])
  })

  it('is denied, and left to wait for nobody, where an entitlement wants people to approve all of it each time', async () => {
    const { world, request } = await stage()
    for (const id of ['ent_read', 'ent_write']) world.change('entitlements', id, { approval: 'each-call' })
    const denied = world.refuse(await world.decide.token(world.workload(writer.id), request))
    expect(denied).toMatchObject({ code: 'denied', reasons: [{ rule: 'law:each-call' }] })
    expect(denied.ask?.sentence).toContain('Nobody is asked about what is done in another domain')
  })

  it('outside of the task is a pivot, counted and with the last one an end of it, though its tier might hold a call', async () => {
    const { world } = await stage()
    const { grant } = world.take(await world.decide.task(world.workload(writer.id), writerRequest))
    const across = { taskId: grant.id, audience: 'https://as.partner.example', across: both }
    const ask = async () => world.refuse(await world.decide.token(world.workload(writer.id), across))
    expect(await ask()).toMatchObject({
      code: 'scope_exceeded',
      reasons: [{ rule: 'law:scope', sentence: expect.stringContaining('that is a pivot, number 1 of the task') }],
      spent: [],
    })
    expect(world.rows.get('task_usage', grant.id)?.pivots).toBe(1)
    world.change('task_usage', grant.id, { pivots: TIER_TERMS.T2.pivotsMax - 1 })
    expect((await ask()).spent).toEqual([grant.id])
    expect(await ask()).toMatchObject({ code: 'task_not_active', reasons: [{ rule: 'law:pivots' }], spent: [grant.id] })
  })

  it('leaves out changes once the chain has read what is untrusted and confidential', async () => {
    const staged = await stage()
    staged.world.change('task_usage', staged.request.taskId, { confidentiality: 2, integrity: 2 })
    expect(await scopesOf(staged)).toEqual(['chat.read'])
  })

  it('leaves out changes where it lets what is confidential be read too: there they would come after it', async () => {
    const staged = await stage()
    staged.world.classify({ pattern: 'https://mcp.partner.example/*', sensitivity: 'confidential' })
    expect(await scopesOf(staged)).toEqual(['chat.read'])
  })

  it.each([
    ['an entitlement that has ended', 'ent_write', { state: 'ended' }],
    [
      'an entitlement of another resource',
      'ent_write',
      { scope: [{ action: 'write', resource: 'https://other.example' }] },
    ],
    ['an entitlement up to less sensitive data', 'ent_write', { ceiling: 'public' }],
  ] as const)('leaves out what %s no longer covers', async (_what, id, more) => {
    const staged = await stage()
    staged.world.change('entitlements', id, more)
    expect(await scopesOf(staged)).toEqual(['chat.read'])
  })

  it.each([
    [
      'more sensitive than the task may touch',
      'ceiling_exceeded',
      (world: World) => world.classify({ pattern: 'https://mcp.partner.example/*', sensitivity: 'restricted' }),
    ],
    [
      'of a task that has used up its calls',
      'budget_exceeded',
      (world: World, id: string) => world.change('task_usage', id, { calls: 10 }),
    ],
    [
      'of a task that has ended',
      'task_not_active',
      (world: World, id: string) => world.change('tasks', id, { state: 'completed' }),
    ],
    [
      'of an identity that is suspended',
      'identity_inactive',
      (world: World) => world.change('identities', writer.id, { state: 'suspended' }),
    ],
  ] as const)('is denied for a resource %s', async (_what, code, spoil) => {
    const { world, request } = await stage()
    spoil(world, request.taskId)
    expect(world.refuse(await world.decide.token(world.workload(writer.id), request)).code).toBe(code)
  })

  it('counts under the limits that people keep, and leaves out what they let be done no more', async () => {
    const staged = await stage()
    const limit = { name: 'writes', of: 'write', per: 'organisation', callsMax: 1, windowSeconds: 3600 } as const
    staged.world.rows.put('limits', { ...limit, state: 'active' })
    expect(await scopesOf(staged)).toEqual(['chat.read', 'chat.write'])
    expect(await scopesOf(staged)).toEqual(['chat.read'])
  })

  it('counts once under a limit of all classes, and is denied where that is full', async () => {
    const { world, request } = await stage()
    const limit = { name: 'all', of: '*', per: 'chain', callsMax: 2, windowSeconds: 60, state: 'active' } as const
    world.rows.put('limits', limit)
    for (const _ of [1, 2]) world.take(await world.decide.token(world.workload(writer.id), request))
    expect(world.refuse(await world.decide.token(world.workload(writer.id), request))).toMatchObject({
      reasons: [{ rule: 'law:limit' }],
    })
  })

  it('is held to the calls a minute of every task above', async () => {
    const { world, request } = await stage()
    const task = world.rows.get('tasks', request.taskId)
    world.change('tasks', request.taskId, { budget: { ...task?.budget, callsPerMinuteMax: 1 } as never })
    const { entry } = world.take(await world.decide.token(world.workload(writer.id), request))
    // an auditor counts it as the decision did: by its gravest class, and at the moment at which it was weighed
    expect(readAct('decision.permit', entry.data, world.nowMs + 500)).toEqual({
      name: 'write',
      actionClass: 'write',
      orClasses: ['read'],
      isChange: true,
      spend: 0,
      atMs: world.nowMs,
    })
    expect(world.refuse(await world.decide.token(world.workload(writer.id), request))).toMatchObject({
      reasons: [{ rule: 'law:rate' }],
    })
  })

  it('is part of what the chain has done: policies that look at that see it', async () => {
    const { world, request } = await stage()
    for (const _ of [1, 2]) world.take(await world.decide.token(world.workload(writer.id), request))
    expect(await world.store.chainActs(request.taskId)).toMatchObject([
      { name: 'read', permitted: 2 },
      { name: 'write', permitted: 2 },
    ])
  })

  it('is denied where what is done has an obligation: nobody carries it out elsewhere', async () => {
    const policy = `@id("org:masks") @sentence("Masked.")
      @obligation("{\\"type\\":\\"dev.remit/mask-result\\",\\"properties\\":{\\"members\\":[\\"iban\\"]}}")
      permit (principal, action == Remit::Action::"read", resource) when { resource.name like "https://mcp.partner.example/*" };`
    const { world, request } = await stage(both, new World(addPolicies(policy)))
    expect(world.refuse(await world.decide.token(world.workload(writer.id), request))).toMatchObject({
      code: 'denied',
      reasons: [{ rule: 'law:obligation' }],
    })
  })

  it('is void where a limit came before it is recorded', async () => {
    const { world, request } = await stage()
    const permitted = await world.decide.token(world.workload(writer.id), request)
    world.rows.put('catalogues', { name: 'limits', rules: 1 })
    expect(() => world.take(permitted)).toThrow(expect.objectContaining({ code: 'conflict' }))
  })

  it('is denied for a resource that the task does not name, and says what would be allowed', async () => {
    const { world, request } = await stage({ resource: 'https://other.example/mcp', scopes: { read: 'read' } })
    world.classify({ pattern: 'https://other.example/*', sensitivity: 'internal' })
    const denied = world.refuse(await world.decide.token(world.workload(writer.id), request))
    expect(denied).toMatchObject({ code: 'scope_exceeded', reasons: [{ rule: 'law:scope' }] })
  })

  it('is void where a row that it rests on moves before it is recorded', async () => {
    const { world, request } = await stage()
    const permitted = await world.decide.token(world.workload(writer.id), request)
    world.change('entitlements', 'ent_write', { state: 'ended' })
    expect(() => world.take(permitted)).toThrow(expect.objectContaining({ code: 'conflict' }))
  })
})
