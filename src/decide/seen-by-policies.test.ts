import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../test/decide/policies-with.ts'
import {
  delegationRequest,
  personOf,
  read,
  reader,
  taskRequest,
  World,
  write,
  writer,
  writerRequest,
} from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import type { Decision } from '../contract/decision.ts'
import { LIMITS } from '../ground/limits.ts'
import type { EvaluationRequest } from './requests.ts'

const audience = 'https://remit.test/mcp/docs'

type Asking = Partial<{ [Part in keyof EvaluationRequest]: Partial<EvaluationRequest[Part]> }>
const asking = (agent: AgentCaller, more: Asking): EvaluationRequest => ({
  subject: { type: 'task', id: agent.task.id, properties: {}, ...more.subject },
  action: { name: 'docs/read_text_file', properties: {}, ...more.action },
  resource: { type: 'docs', id: '/handbook/a.md', properties: {}, ...more.resource },
  context: more.context ?? {},
})

type Decide = World['decide']

/** There is a tag of this name, with this value. */
const tag = (of: string, name: string, value: string): string =>
  `(${of}.hasTag("${name}") && ${of}.getTag("${name}") == ${value})`

/** What is asked, under which action, and what is so of it: each by a name, in Cedar. */
interface Sight {
  readonly action: string
  readonly facts: Readonly<Record<string, string>>
  readonly prepare: (world: World) => Promise<(decide: Decide) => Promise<Decision>>
}

const identityFacts = {
  who: 'principal.name == "docs-summariser"',
  tier: 'principal.tier.name == "T1"',
  vendor: 'principal has vendor && principal.vendor == "acme"',
}

const sights: [string, Sight][] = [
  [
    'a task that is opened',
    {
      action: 'task',
      facts: {
        ...identityFacts,
        proof: 'context.proof.strength == "key-bound" && context.proof.possession',
        purpose: 'resource.purpose == "summarise"',
        goal: 'resource.goal == "Summarise the handbook"',
        ticket: '!(resource has ticket)',
        ceiling: 'resource.ceiling.name == "internal"',
        budget: 'resource.calls == 0 && resource.callsMax == 10 && resource.bytesMax == 1000000',
        chain: 'resource.depth == 0 && resource.hopsLeft == 2',
        clean: 'resource.confidentiality.name == "public" && !resource.untrusted',
        identity: 'resource.identity == principal',
      },
      prepare: async (world) => (decide) => decide.task(world.workload(), taskRequest),
    },
  ],
  [
    'a task that is opened by a bearer',
    {
      action: 'task',
      facts: { proof: 'context.proof.strength == "bearer" && !context.proof.possession' },
      prepare: async (world) => (decide) =>
        decide.task(world.workload(reader.id, { strength: 'bearer', possession: null }), taskRequest),
    },
  ],
  [
    'a task that a person opens',
    {
      action: 'task',
      facts: {
        ...identityFacts,
        proof: 'context.proof.strength == "bearer" && !context.proof.possession',
        behalf: 'resource has onBehalfOf && resource.onBehalfOf == "psn_voter"',
        chain: 'resource.depth == 0 && resource.hopsLeft == 2',
        clean: 'resource.confidentiality.name == "public" && !resource.untrusted',
        purpose: 'resource.purpose == "summarise"',
      },
      prepare: async (world) => {
        world.actFor((await world.start()).task.id, 'psn_voter')
        return (decide) => decide.behalfTask(personOf(world), reader.id, taskRequest)
      },
    },
  ],
  [
    'a delegation',
    {
      action: 'delegation',
      facts: {
        who: 'principal.name == "release-agent"',
        helper: 'context.helper.name == "docs-summariser"',
        parent: 'context.parent.identity == principal && context.parent.depth == 0 && context.parent.calls == 1',
        child: 'resource.identity == context.helper && resource.depth == 1 && resource.hopsLeft == 1',
        purpose: 'resource.purpose == "summarise" && context.parent.purpose == "release"',
        labels: 'resource.confidentiality.name == "internal" && resource.untrusted',
      },
      prepare: async (world) => {
        const agent = await world.start(writer.id)
        world.take(await world.decide.call(agent, { ...read(), tool: 'fetch_page' }))
        return (decide) => decide.delegation(agent, delegationRequest)
      },
    },
  ],
  [
    'a token',
    {
      action: 'token',
      facts: {
        ...identityFacts,
        audience: `resource.name == "${audience}"`,
        task: 'context.task.identity == principal && context.task.goal == "Summarise the handbook"',
        used: 'context.task.calls == 1 && context.task.confidentiality.name == "internal"',
        proof: 'context.proof.strength == "attested" && context.proof.possession',
      },
      prepare: async (world) => {
        const agent = await world.start()
        world.take(await world.decide.call(agent, read()))
        const by = world.workload(reader.id, { strength: 'attested' })
        return (decide) => decide.token(by, { taskId: agent.task.id, audience })
      },
    },
  ],
  [
    'a token of a bearer',
    {
      action: 'token',
      facts: { proof: 'context.proof.strength == "bearer" && !context.proof.possession' },
      prepare: async (world) => {
        const { task } = await world.start()
        const by = world.workload(reader.id, { strength: 'bearer', possession: null })
        return (decide) => decide.token(by, { taskId: task.id, audience })
      },
    },
  ],
  [
    'a call',
    {
      action: 'write',
      facts: {
        who: 'principal.name == "release-agent"',
        tool: 'context.tool.name == "docs/write_file" && context.tool.server == "docs"',
        class: 'context.tool.class.name == "write"',
        trusted: '!context.tool.resultUntrusted',
        resource: 'resource.name == "docs:/handbook/a.md" && resource.sensitivity.name == "internal"',
        task: 'context.task.identity == principal && context.task has ticket && context.task.ticket == "REL-1"',
        proof: 'context.proof.strength == "key-bound" && context.proof.possession',
        arguments: `context.arguments.whole && ${tag('context.arguments', 'content', '"x"')}`,
        used: 'context.task.calls == 1 && context.task.writes == 0',
        history: tag('context.history.permitted', 'docs/read_text_file', '1'),
        untold: '!context.asked.hasTag("content")',
      },
      prepare: async (world) => {
        const agent = await world.start(writer.id)
        world.take(await world.decide.call(agent, read()))
        return (decide) => decide.call(agent, write())
      },
    },
  ],
  [
    'a call of a bearer whose token is of before its proof was noted, to a tool whose results are not vouched for',
    {
      action: 'read',
      facts: {
        untrusted: 'context.tool.resultUntrusted',
        proof: 'context.proof.strength == "bearer" && !context.proof.possession',
      },
      prepare: async (world) => {
        const { task, credential } = await world.start(writer.id)
        const { strength: _unknown, ...before } = credential
        world.rows.put('credentials', { ...before, keyThumbprint: null, state: 'issued' })
        return (decide) => decide.call(world.agent(task, credential), { ...read(), tool: 'fetch_page' })
      },
    },
  ],
  [
    'a change by an identity that has read worse in another task',
    {
      action: 'write',
      facts: { remembered: 'context.task.confidentiality.name == "confidential" && !context.task.untrusted' },
      prepare: async (world) => {
        world.take(await world.decide.call(await world.start(writer.id), read('handbook/secret/a.md')))
        const agent = await world.start(writer.id)
        return (decide) => decide.call(agent, write())
      },
    },
  ],
  [
    'a read by an identity that has read worse in another task',
    {
      action: 'read',
      facts: { own: 'context.task.confidentiality.name == "public"' },
      prepare: async (world) => {
        world.take(await world.decide.call(await world.start(writer.id), read('handbook/secret/a.md')))
        const agent = await world.start(writer.id)
        return (decide) => decide.call(agent, read())
      },
    },
  ],
  [
    'what an enforcement point asks about',
    {
      action: 'read',
      facts: {
        ...identityFacts,
        tool: 'context.tool.name == "docs/read_text_file" && context.tool.server == "docs"',
        trusted: '!context.tool.resultUntrusted',
        resource: 'resource.name == "docs:/handbook/a.md" && resource.sensitivity.name == "internal"',
        task: 'context.task.identity == principal',
        proof: 'context.proof.strength == "bearer" && !context.proof.possession',
        inputs: `${tag('context.arguments', 'method', '"GET"')} && ${tag('context.numbers', 'amount', '5')}`,
        subject: `${tag('principal', 'department', '"sales"')} && ${tag('principal', 'level', '"7"')}`,
        given: `${tag('resource', 'owner', '"x"')} && ${tag('resource', 'public', '"true"')}`,
        asked: `${tag('context.asked', 'method', '"GET"')} && ${tag('context.asked', 'place', '"here"')}`,
        nested: '!context.asked.hasTag("deep") && !context.asked.hasTag("none")',
        history: tag('context.history.permitted', 'read', '1'),
      },
      prepare: async (world) => {
        const agent = await world.start()
        world.take(await world.decide.call(agent, read()))
        const request = asking(agent, {
          subject: { properties: { department: 'sales', level: 7 } },
          action: { properties: { method: 'GET', amount: 5 } },
          resource: { properties: { owner: 'x', public: true } },
          context: { place: 'here', deep: { a: 1 }, none: null },
        })
        return (decide) => decide.evaluation(request, agent)
      },
    },
  ],
  [
    'a plain action that an enforcement point asks about',
    {
      action: 'read',
      facts: {
        tool: 'context.tool.name == "read" && context.tool.server == "" && context.tool.class.name == "read"',
        untrusted: 'context.tool.resultUntrusted',
      },
      prepare: async (world) => {
        world.change('entitlements', 'ent_reader', { scope: [{ action: 'read', resource: 'docs:/*' }] })
        const scope = [{ action: 'read', resource: 'docs:/*' }]
        const agent = await world.start(reader.id, { ...taskRequest, scope })
        return (decide) => decide.evaluation(asking(agent, { action: { name: 'read' } }), agent)
      },
    },
  ],
]

/** The shipped policies, and of each fact one that forbids where it is so. */
function forbidding(action: string, facts: Readonly<Record<string, string>>): ReturnType<typeof addPolicies> {
  const texts = Object.entries(facts).map(
    ([name, fact]) =>
      `@id("see:${name}") @sentence("It is told.") forbid (principal, action == Remit::Action::"${action}", resource) when { ${fact} };`,
  )
  return addPolicies(texts.join('\n'))
}

const seenBy = ({ reasons }: Decision): readonly string[] => reasons.map(({ rule }) => rule.replace('see:', ''))

describe.each(sights)('the policies that decide on %s', (_, { action, facts, prepare }) => {
  it('see it as it is', async () => {
    const world = new World()
    const decide = await prepare(world)
    expect(await decide(world.decide)).toMatchObject({ outcome: 'permit' })
    const decision = await decide(world.decideWith(forbidding(action, facts)))
    expect(seenBy(decision)).toEqual(Object.keys(facts).toSorted())
    expect(world.errors).toEqual([])
  })
})

describe('the policies that decide on a call', () => {
  it('are asked about everybody in the chain, each with their own task as it stands', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    world.take(await world.decide.call(agent, { ...read(), tool: 'fetch_page' }))
    const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
    const helper = await world.enter(grant, reader.id)
    const policies = forbidding('read', {
      acts: 'principal.name == "docs-summariser" && context.task.depth == 1 && context.task.calls == 0',
      above: 'principal.name == "release-agent" && context.task.depth == 0 && context.task.calls == 1',
      crossed: 'principal.name == "release-agent" && context.task.depth == 1',
      nobody: 'principal.name == "somebody"',
    })
    expect(seenBy(await world.decideWith(policies).call(helper, read()))).toEqual(['above', 'acts'])
  })

  it('are asked about each resource of several', async () => {
    const world = new World()
    const scope = [{ action: 'docs/read_many', resource: 'docs:/*' }]
    const agent = await world.start(writer.id, { ...writerRequest, scope })
    const policies = forbidding('read', {
      first: 'resource.name == "docs:/a"',
      second: 'resource.name == "docs:/b"',
      third: 'resource.name == "docs:/c"',
    })
    const many = { server: 'docs', tool: 'read_many', arguments: { paths: ['a', 'b'] } }
    expect(seenBy(await world.decideWith(policies).call(agent, many))).toEqual(['first', 'second'])
  })
})

describe('the policies that decide on what an enforcement point asks about', () => {
  const { nameCharsMax, propertyCharsMax, propertiesMax } = LIMITS
  const long = 'n'.repeat(nameCharsMax)
  const has = (name: string): string => `context.asked.hasTag("${name}")`
  const policies = forbidding('read', {
    long: has(long),
    longer: has(`${long}n`),
    full: has('full'),
    fuller: has('fuller'),
    broken: has('broken'),
    no: has('no'),
    nothing: has('nothing'),
    list: has('list'),
    last: has(`p${propertiesMax - 1}`),
    more: has(`p${propertiesMax}`),
  })
  const several = Array.from({ length: propertiesMax + 1 }, (_, at) => [`p${at}`, 1] as const)
  const sent: [string, Record<string, unknown>, readonly string[]][] = [
    ['as long a name as is told, but no longer one', { [long]: 1, [`${long}n`]: 1 }, ['long']],
    [
      'as long a value as is told, but no longer one',
      { full: 'x'.repeat(propertyCharsMax), fuller: 'x'.repeat(propertyCharsMax + 1) },
      ['full'],
    ],
    ['a no, but not what is no plain value', { no: false, nothing: null, list: ['x'], broken: '\ud800' }, ['no']],
    ['so many properties, but not one more', Object.fromEntries(several), ['last']],
  ]
  it.each(sent)('see %s', async (_, context, seen) => {
    const world = new World()
    const agent = await world.start()
    const decision = await world.decideWith(policies).evaluation(asking(agent, { context }), agent)
    expect(seenBy(decision)).toEqual(seen)
  })
})
