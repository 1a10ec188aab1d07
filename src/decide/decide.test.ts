import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../test/arbitraries.ts'
import { loadPolicies } from '../../test/decide/policy-set.ts'
import { delegationRequest, read, taskRequest, World, write, writer } from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import type { Decision } from '../contract/decision.ts'
import { entryBytesMax } from '../contract/log-entry.ts'
import { SENSITIVITIES } from '../contract/sensitivity.ts'
import { RemitError } from '../ground/errors.ts'
import type { Decide } from './decide.ts'
import { fitData } from './facts/fit-data.ts'
import type { PolicyAnswer } from './policy/engine.ts'
import type { Policies } from './policy/load-policies.ts'
import type { DecideStore } from './store.ts'

const audience = 'https://remit.test/mcp/docs'
const shipped = await loadPolicies()

const asks: [string, (world: World, decide: Decide, agent: AgentCaller) => Promise<Decision>][] = [
  ['task', (world, decide) => decide.task(world.workload(), taskRequest)],
  ['delegation', (_, decide, agent) => decide.delegation(agent, delegationRequest)],
  ['token', (world, decide, agent) => decide.token(world.workload(writer.id), { taskId: agent.task.id, audience })],
  ['call', (_, decide, agent) => decide.call(agent, write())],
  [
    'evaluation',
    (_, decide, agent) =>
      decide.evaluation(
        {
          subject: { type: 'task', id: agent.task.id, properties: {} },
          action: { name: 'docs/read_text_file', properties: {} },
          resource: { type: 'docs', id: '/a', properties: {} },
          context: {},
        },
        agent,
      ),
  ],
]

describe.each(asks)('a %s', (_, ask) => {
  it('is permitted where nothing is wrong', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    expect(await ask(world, world.decide, agent)).toMatchObject({
      outcome: 'permit',
      policyVersion: shipped.version,
      entry: { kind: 'decision.permit', policy: shipped.version },
    })
  })

  const answers: [string, (plain: Policies['engine']) => Policies['engine'], string][] = [
    [
      'the engine throws',
      () => ({
        decide: () => {
          throw new Error('engine')
        },
      }),
      'policy_error',
    ],
    [
      'a policy errs beside a permit',
      (plain) => ({ decide: (request) => ({ ...plain.decide(request), errors: ['x: overflow'] }) }),
      'policy_error',
    ],
    [
      'a policy errs and the engine says yes',
      () => ({ decide: (): PolicyAnswer => ({ allowed: true, determining: ['base:call'], errors: ['x'] }) }),
      'policy_error',
    ],
    [
      'nothing matches',
      () => ({ decide: (): PolicyAnswer => ({ allowed: false, determining: [], errors: [] }) }),
      'denied',
    ],
    [
      'a policy forbids',
      () => ({ decide: (): PolicyAnswer => ({ allowed: false, determining: ['guardrail:active-only'], errors: [] }) }),
      'denied',
    ],
  ]
  it.each(answers)('is denied when %s', async (__, engine, code) => {
    const world = new World()
    const agent = await world.start(writer.id)
    const decision = await ask(world, world.decideWith({ ...shipped, engine: engine(shipped.engine) }), agent)
    expect(decision).toMatchObject({ outcome: 'denial', code })
    expect(decision.reasons.length).toBeGreaterThan(0)
  })

  it('is denied whichever read fails, whatever with', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const methods = Object.keys(world.store) as (keyof DecideStore)[]
    const faults: readonly (readonly [unknown, string])[] = [
      [new RemitError('store_failed'), 'store_failed'],
      [new Error('x'), 'policy_error'],
      ['a text', 'policy_error'],
      [undefined, 'policy_error'],
    ]
    let failed = 0
    for (const method of methods) {
      for (const [fault, code] of faults) {
        let called = false
        const fail = (): never => {
          called = true
          throw fault // oxlint-disable-line typescript/only-throw-error -- a store may fail with anything
        }
        const broken = { ...world.store, [method]: method === 'moves' ? fail : async () => fail() }
        const decision = await ask(world, world.decideWith(shipped, broken), agent)
        expect(decision.outcome).toBe(called ? 'denial' : 'permit')
        if (called) failed++
        if (called) expect(decision).toMatchObject({ code })
      }
    }
    expect(failed).toBeGreaterThan(faults.length * 3)
    expect(world.errors.length).toBe(failed)
  })

  it.each(['identities', 'bindings'] as const)(
    'is denied when a row of %s is missing that others point at',
    async (table) => {
      const world = new World()
      const agent = await world.start(writer.id)
      const broken = { ...world.store, [table]: async () => [] }
      expect(await ask(world, world.decideWith(shipped, broken), agent)).toMatchObject({ outcome: 'denial' })
    },
  )
})

describe('an organisation', () => {
  it('forbids by a policy of its own, and says its sentence', async () => {
    const { compilePolicies } = await import('../../test/decide/policy-set.ts')
    const schema = (JSON.parse(shipped.text) as { schema: string }).schema
    const files = [...shipped.byId.values()].map(({ id, text }) => ({ name: id, text }))
    const own =
      '@id("acme:rel-only") @sentence("Changes need a REL ticket.") forbid (principal is Remit::Identity, action in Remit::Action::"change", resource is Remit::Resource) unless { context.task has ticket && context.task.ticket like "REL-*" };'
    const policies = compilePolicies(schema, [...files, { name: 'own', text: own }])
    const world = new World(policies)
    const agent = await world.start(writer.id)
    expect(await world.decide.call(agent, write())).toMatchObject({ outcome: 'permit' })
    world.change('tasks', agent.task.id, { ticket: 'X-1' })
    expect(await world.decide.call(agent, write())).toMatchObject({
      code: 'denied',
      reasons: [{ rule: 'acme:rel-only', sentence: 'Changes need a REL ticket.' }],
    })
    expect(await world.decide.call(agent, read())).toMatchObject({ outcome: 'permit' })
  })

  it('can have a person decide by a policy of its own', async () => {
    const { compilePolicies } = await import('../../test/decide/policy-set.ts')
    const schema = (JSON.parse(shipped.text) as { schema: string }).schema
    const files = [...shipped.byId.values()].map(({ id, text }) => ({ name: id, text }))
    const own =
      '@id("acme:ask") @sentence("A person looks at writes.") forbid (principal is Remit::Identity, action in Remit::Action::"change", resource is Remit::Resource) unless { context.approved };'
    const world = new World(compilePolicies(schema, [...files, { name: 'own', text: own }]))
    const agent = await world.start(writer.id)
    const denial = world.refuse(await world.decide.call(agent, write()))
    expect(denial).toMatchObject({ code: 'approval_required', reasons: [{ rule: 'acme:ask' }] })
    world.approve(denial.ask?.approvalId ?? '')
    world.take(await world.decide.call(agent, write()))
  })

  it('under another policy version needs another approval', async () => {
    const world = new World()
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    const agent = await world.start(writer.id)
    const denial = world.refuse(await world.decide.call(agent, write()))
    world.approve(denial.ask?.approvalId ?? '')
    const other = world.decideWith({ ...shipped, version: 'f'.repeat(64) })
    expect(await other.call(agent, write())).toMatchObject({ code: 'approval_required' })
  })
})

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('docs/read_text_file', 'docs:/handbook/*', '*', 'summarise', '__proto__', '../x', 'read'),
)
const anyScope = fc.array(fc.record({ action: anyText, resource: anyText }), { maxLength: 4 })
const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constant(600))
const anyObject = fc.dictionary(anyText, fc.anything({ maxDepth: 3 }), { maxKeys: 5 })

describe('whatever is asked', () => {
  it('the answer is a whole decision: a permit that was due, or a denial with a reason and a way to ask', async () => {
    const world = new World()
    const agent = await world.start()
    const requests = fc.oneof(
      fc
        .record({
          purpose: anyText,
          goal: anyText,
          ticket: fc.option(anyText),
          scope: anyScope,
          ceiling: fc.constantFrom(...SENSITIVITIES),
          budget: fc.record({ callsMax: anyNumber, writesMax: anyNumber, bytesMax: anyNumber }),
          lifeSeconds: anyNumber,
        })
        .map((request) => () => world.decide.task(world.workload(), request)),
      fc
        .record({
          to: anyText,
          goal: anyText,
          scope: anyScope,
          ceiling: fc.constantFrom(...SENSITIVITIES),
          budget: fc.record({ callsMax: anyNumber, writesMax: anyNumber, bytesMax: anyNumber }),
          lifeSeconds: anyNumber,
        })
        .map((request) => () => world.decide.delegation(agent, request)),
      fc
        .record({ taskId: anyText, audience: anyText })
        .map((request) => () => world.decide.token(world.workload(), request)),
      fc
        .record({
          server: fc.oneof(anyText, fc.constant('docs')),
          tool: fc.oneof(anyText, fc.constant('read_text_file')),
          arguments: fc.oneof(
            anyObject,
            anyText.map((path) => ({ path })),
          ),
        })
        .map((request) => () => world.decide.call(agent, request)),
      fc
        .record({
          type: fc.oneof(anyText, fc.constant('task')),
          id: fc.oneof(anyText, fc.constant(agent.task.id)),
          name: anyText,
          properties: anyObject,
          resource: anyText,
        })
        .map(
          ({ type, id, name, properties, resource }) =>
            () =>
              world.decide.evaluation(
                {
                  subject: { type, id, properties },
                  action: { name, properties },
                  resource: { type: 'docs', id: resource, properties },
                  context: properties,
                },
                agent,
              ),
        ),
    )
    const check = fc.asyncProperty(requests, async (ask) => {
      const decision: Decision = await ask()
      expect(decision.reasons.length).toBeGreaterThan(0)
      expect(decision.reasons.every((reason) => reason.rule !== '' && reason.sentence !== '')).toBe(true)
      expect(decision.entry.data['outcome']).toBe(decision.outcome)
      const bytes = JSON.stringify(decision.entry)
      expect(bytes.isWellFormed()).toBe(true)
      expect(Buffer.byteLength(bytes)).toBeLessThan(entryBytesMax - 4096)
      if (decision.outcome === 'denial') expect(decision.ask?.sentence ?? '').not.toBe('')
      if (decision.outcome === 'denial') expect(decision.code).not.toBe('policy_error')
    })
    await fc.assert(check, RUNS)
    expect(world.errors).toEqual([])
  }, 600_000)
})

describe('the data of an entry', () => {
  it.each([
    ['a long list', { list: Array.from({ length: 100_000 }, (_, at) => at) }],
    ['long texts', { list: Array.from({ length: 40 }, () => 'x'.repeat(100_000)) }],
    ['a deep thing', { deep: JSON.parse('['.repeat(500) + ']'.repeat(500)) as unknown }],
    ['many members', Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`m${at}`, 'x'.repeat(100)]))],
  ])('fits with %s, and says what was cut', (_, facts) => {
    const data = fitData({ outcome: 'denial' }, facts)
    expect(data['outcome']).toBe('denial')
    expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(48 * 1024 + 100)
    expect(JSON.stringify(data)).toMatch(/more|characters|…/)
  })
})
