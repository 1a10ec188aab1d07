import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePolicies } from '../../../test/decide/policy-set.ts'
import { delegationRequest, read, reader, World, write, writer, writerRequest } from '../../../test/decide/world.ts'
import type { Decision } from '../../contract/decision.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import { tellQuestions } from '../../contract/question.ts'
import type { Composition } from '../../contract/register/composition.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { REACHES, TIERS } from '../../contract/register/tier.ts'
import { textIn } from '../../contract/told/data.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { LIMITS } from '../../ground/limits.ts'
import { writeRecord } from '../cedar/values/write-value.ts'
import type { PolicyRequest } from '../policy/engine.ts'
import type { Policies } from '../policy/load-policies.ts'
import type { EvaluationRequest } from '../requests.ts'
import { readAsked, readDecided, redecide, remember } from './redecide.ts'

const shipped = new World().shelf.enforced()

const OWN = [
  'permit (principal, action, resource) when { principal.name like "docs*" };',
  'forbid (principal, action, resource) when { principal has vendor && principal.vendor == "acme" };',
  'forbid (principal, action in Remit::Action::"change", resource) when { resource is Remit::Resource && resource.name like "*secret*" } unless { context.approved };',
  'forbid (principal, action in Remit::Action::"call", resource) when { context.task.bytesMax * 9223372036854775 > 0 };',
  'forbid (principal, action in Remit::Action::"call", resource) when { context.asked.hasTag("region") && context.asked.getTag("region") == "eu" };',
  'forbid (principal, action in Remit::Action::"call", resource) when { context.asked.hasTag("region") && context.asked.getTag("region") == "us" };',
  'forbid (principal, action, resource) when { context.now > datetime("2026-03-01T00:30:00Z") };',
  'forbid (principal, action, resource) when { principal.hasTag("team") };',
  'forbid (principal, action, resource) when { principal has composition && principal.composition has promptDigest && principal.composition.model == "large" };',
].map((text, at) => `@id("own:rule-${at}")\n@sentence("Rule ${at}.")\n${text}`)

function withOwn(which: readonly number[]): Policies {
  const { schema } = JSON.parse(shipped.text) as { readonly schema: string }
  const files = [...shipped.byId.values()].map(({ id, text }) => ({ name: id, text }))
  return compilePolicies(schema, [...files, { name: 'own.cedar', text: which.map((at) => OWN[at]).join('\n\n') }])
}

/** The same policies, and every question that they were asked. */
function listen(policies: Policies): { readonly policies: Policies; readonly heard: PolicyRequest[] } {
  const heard: PolicyRequest[] = []
  const decide: Policies['engine']['decide'] = (request) => {
    heard.push(request)
    return policies.engine.decide(request)
  }
  return { policies: { ...policies, engine: { decide } }, heard }
}

const say = ({ principal, action, resource, context, entities }: PolicyRequest): string =>
  canonicalJson({
    uids: [principal.key, action.key, resource.key],
    context: writeRecord(context),
    entities: entities.map(({ uid, attrs, parents, tags = {} }) => [
      uid.key,
      writeRecord(attrs),
      parents.map(({ key }) => key),
      writeRecord(tags),
    ]),
  })

/** What a log keeps of a decision: its data as JSON, and the text of the payload beside it. */
function keep({ entry, changes }: Decision): { readonly data: JsonObject; readonly beside: string | null } {
  const payload = changes.flatMap((change) =>
    change.op === 'insert' && change.table === 'payloads' ? [change.row as { readonly body: string }] : [],
  )
  return { data: JSON.parse(canonicalJson(entry.data)) as JsonObject, beside: payload[0]?.body ?? null }
}

const evaluation = (
  world: World,
  subject: string,
  tags: Readonly<Record<string, string>>,
  by: string = writer.id,
): Promise<Decision> => {
  const request: EvaluationRequest = {
    subject: { type: 'task', id: subject, properties: tags },
    action: { name: 'docs/read_text_file', properties: {} },
    resource: { type: 'docs', id: '/handbook/a.md', properties: {} },
    context: tags,
  }
  return world.decide.evaluation(request, world.workload(by))
}

interface Case {
  readonly rules: readonly number[]
  readonly more: Partial<Identity>
  readonly made: Composition | undefined
  readonly approval: 'none' | 'each-call'
  readonly ranks: { readonly confidentiality: number; readonly integrity: number }
  readonly isApproved: boolean
  readonly laterMs: number
  readonly path: string
  readonly tags: Readonly<Record<string, string>>
}

const cases: fc.Arbitrary<Case> = fc.record({
  rules: fc.uniqueArray(fc.nat(OWN.length - 1), { maxLength: 3 }),
  more: fc.record({
    tier: fc.constantFrom(...TIERS),
    reach: fc.constantFrom(...REACHES),
    runtime: fc.constantFrom('own', 'vendor'),
    vendor: fc.constantFrom(null, 'acme'),
  }),
  made: fc.option(
    fc.record({
      model: fc.constantFrom('large', 'small'),
      promptDigest: fc.constantFrom(null, 'p'),
      toolsDigest: fc.constantFrom(null, 't'),
    }),
    { nil: undefined },
  ),
  approval: fc.constantFrom('none', 'each-call'),
  ranks: fc.record({ confidentiality: fc.nat(3), integrity: fc.nat(1) }),
  isApproved: fc.boolean(),
  laterMs: fc.constantFrom(0, 1, 1_234, 2_400_000),
  path: fc.constantFrom('handbook/a.md', 'handbook/secret/b.md', 'board/c.md', 'handbook/\u{1F370} "x"'),
  tags: fc.dictionary(fc.constantFrom('region', 'team', '__entity', 'x'), fc.constantFrom('eu', 'us', ''), {
    maxKeys: 2,
  }),
})

/** Every kind of decision in one small story. */
async function tell(world: World, of: Case, wide: Policies): Promise<readonly Decision[]> {
  world.change('entitlements', 'ent_writer', { approval: of.approval })
  const agent = await world.start(writer.id)
  world.shelf.put({ enforced: wide, shadow: null, guards: [] })
  const running = of.made === undefined ? {} : { composition: of.made }
  world.change('identities', writer.id, { ...of.more, ...running })
  world.change('task_usage', agent.task.id, of.ranks)
  world.nowMs += of.laterMs
  const decisions: Decision[] = [
    await world.decide.task(world.workload(writer.id), { ...writerRequest, ...running }),
    await world.decide.token(world.workload(writer.id), {
      taskId: agent.task.id,
      audience: 'https://remit.test/mcp/docs',
      ...running,
    }),
    await world.decide.delegation(agent, delegationRequest),
    await world.decide.call(agent, read(of.path)),
    await evaluation(world, agent.task.id, of.tags),
  ]
  const call = await world.decide.call(agent, write(of.path))
  const approvalId = call.outcome === 'denial' ? call.ask?.approvalId : undefined
  if (approvalId === undefined || !of.isApproved) return [...decisions, call]
  world.refuse(call as Decision<'call'>)
  world.approve(approvalId)
  return [...decisions, call, await world.decide.call(agent, write(of.path))]
}

/** What the stories came to: a property that never saw a denial would prove little. */
const SEEN = [
  'call denial approval_required',
  'call denial denied',
  'call denial policy_error',
  'call permit ',
  'call permit approved',
  'delegation denial denied',
  'delegation permit ',
  'evaluation denial approval_required',
  'evaluation denial denied',
  'evaluation denial policy_error',
  'evaluation permit ',
  'task denial denied',
  'task permit ',
  'token denial denied',
  'token permit ',
]

describe('a decision that is made again', () => {
  it('from its entry alone, by the same policies, comes out the same, with the same rules in the same order', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(cases, async (of) => {
        const { policies, heard } = listen(withOwn(of.rules))
        const world = new World()
        for (const decision of await tell(world, of, policies)) {
          const { data, beside } = keep(decision)
          const told = tellQuestions(data, beside)
          if (typeof told === 'string') {
            expect(told).toBe('law')
            expect(decision.reasons[0]?.rule).toMatch(/^law:/)
            continue
          }
          expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThanOrEqual(LIMITS.decisionDataBytesMax)
          const remembered = remember(data, readAsked(told))
          const said = new Set(heard.map(say))
          for (const question of remembered.questions) expect(said).toContain(say(question))
          expect(redecide(policies, remembered)).toEqual(readDecided(data))
          seen.add(
            `${decision.kind} ${decision.outcome} ${textIn(data, 'code') ?? ''}${told.approved ? 'approved' : ''}`,
          )
        }
      }),
      { numRuns: 150, seed: 7 },
    )
    expect([...seen].sort()).toEqual(SEEN)
  })
  it('in a chain asks about everyone in it, and each entity is told once', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const handed = world.take(await world.decide.delegation(agent, delegationRequest))
    const helper = await world.enter(handed.grant, reader.id)
    const { data } = keep(await world.decide.call(helper, read()))
    const told = tellQuestions(data)
    if (typeof told === 'string') throw new Error(told)
    expect(told.questions.map(({ principal }) => principal.id)).toEqual([writer.id, reader.id])
    const { entities } = data['questions'] as unknown as { readonly entities: readonly unknown[] }
    expect(entities).toHaveLength(11)
    expect(redecide(world.shelf.enforced(), remember(data, readAsked(told)))).toEqual(readDecided(data))
  })

  it('costs the entry of a plain evaluation few bytes', async () => {
    const world = new World()
    const agent = await world.start(reader.id)
    const { data, beside } = keep(await evaluation(world, agent.task.id, {}, reader.id))
    expect(beside).toBeNull()
    expect(data['outcome']).toBe('permit')
    expect(Buffer.byteLength(canonicalJson(data['questions']))).toBeLessThan(400)
  })
})

describe('what the policies were asked stands beside the entry', () => {
  it('where the request said something in its own words, under a digest that is salted', async () => {
    const world = new World(withOwn([5]))
    const agent = await world.start(reader.id)
    const tags = { region: 'ann@example.org', mail: 'bob@example.org' }
    const decisions = [1, 2].map(() => evaluation(world, agent.task.id, tags, reader.id))
    const [one, other] = (await Promise.all(decisions)).map(keep)
    expect(JSON.stringify(one?.data)).not.toContain('ann@')
    expect(one?.beside).toContain('ann@example.org')
    expect(one?.beside).not.toContain('bob@example.org') // no policy looks at it
    expect(one?.beside).toBe(other?.beside)
    expect(one?.data['questions']).not.toEqual(other?.data['questions'])
    expect(tellQuestions(one?.data ?? {}, null)).toBe('beside')
  })

  it('where the entry has no room for it', async () => {
    const world = new World()
    const goal = '\u0001'.repeat(LIMITS.textCharsMax)
    const { data, beside } = keep(await world.decide.task(world.workload(writer.id), { ...writerRequest, goal }))
    expect(beside).toBeNull()
    const many = Array.from({ length: 12 }, (_, at) => `handbook/${'\u{1F370}'.repeat(480)}${at}`)
    const agent = await world.start(writer.id, {
      ...writerRequest,
      goal,
      scope: [{ action: 'docs/*', resource: 'docs:/*' }],
    })
    const call = keep(await world.decide.call(agent, { server: 'docs', tool: 'read_many', arguments: { paths: many } }))
    expect(data['outcome']).toBe('permit')
    expect(call.data['questions']).toMatchObject({ beside: expect.stringMatching(/^questions-[0-9a-f]{64}$/) })
    const told = tellQuestions(call.data, call.beside)
    if (typeof told === 'string') throw new Error(told)
    expect(told.questions).toHaveLength(12)
    expect(redecide(world.shelf.enforced(), remember(call.data, readAsked(told)))).toEqual(readDecided(call.data))
  })
})
