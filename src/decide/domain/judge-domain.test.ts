import { describe, expect, it } from 'vitest'
import { CERTIFICATION } from '../../../test/authzen/certification.ts'
import { personOf, World } from '../../../test/decide/world.ts'
import type { EvaluationRequest } from '../requests.ts'
import { compileDomain } from './compile-domain.ts'
import type { Domain } from './domain.ts'

const read = '@id("read") @sentence("All is read.") permit (principal, action == Action::"read", resource);'
const delayed = '@id("slow") @obligation("Wait.") @sentence("Later.") permit (principal, action, resource);'
const compile = (text: string): Domain =>
  compileDomain('app', { schema: null, entities: null, files: [{ name: 'a.cedar', text }] }, () => expect.unreachable())

const question = (context: Readonly<Record<string, unknown>> = {}, more: object = {}): EvaluationRequest => ({
  subject: { type: 'user', id: 'alice', properties: {} },
  action: { name: 'read', properties: {} },
  resource: { type: 'record', id: 'record-1', properties: {} },
  context,
  ...more,
})

/** A world with a domain, and beside it perhaps one that is only observed. */
function stage(domain: Domain, shadow: Domain | null = null) {
  const world = new World()
  world.domains.put({ domain, shadow, guards: [] })
  const by = personOf(world)
  return { world, by, ask: (request = question()) => world.decide.evaluation(request, by, 'app') }
}

describe('the version of a domain that is only observed', () => {
  it('is not told where it says the same, and where there is none', async () => {
    const other = compile(`${read} permit (principal, action == Action::"write", resource);`)
    for (const shadow of [other, null]) {
      const decision = await stage(compile(read), shadow).ask()
      expect(decision.outcome).toBe('permit')
      expect(decision.entry.data).not.toHaveProperty('shadow')
    }
  })

  it('is told with what it would have said, and decides nothing', async () => {
    const shadow = compile('@id("none") @sentence("Nothing.") forbid (principal, action, resource);')
    const decision = await stage(compile(read), shadow).ask()
    expect(decision.outcome).toBe('permit')
    expect(decision.entry.data).toMatchObject({
      domain: { name: 'app', version: compile(read).version },
      shadow: { version: shadow.version, outcome: 'denial', code: 'denied', rules: ['none'] },
    })
  })

  it('is told without a code where it would have permitted', async () => {
    const shadow = compile(read)
    const decision = await stage(compile('@id("none") forbid (principal, action, resource);'), shadow).ask()
    expect(decision.outcome).toBe('denial')
    expect(decision.entry.data['shadow']).toEqual({ version: shadow.version, outcome: 'permit', rules: ['read'] })
  })

  it('that fails is told to have failed, and where faults are noted', async () => {
    const shadow = { ...compile(read), engine: { decide: () => expect.unreachable('worn out') } } as unknown as Domain
    const { world, ask } = stage(compile(read), shadow)
    const decision = await ask()
    expect(decision.outcome).toBe('permit')
    expect(decision.entry.data).toMatchObject({ shadow: { version: shadow.version, failed: true } })
    expect(world.errors).toHaveLength(1)
  })
})

describe('an obligation of a domain', () => {
  const domain = compile(delayed)
  it('is asked of whoever can carry it out, and stands in the entry with what they said they can', async () => {
    const decision = await stage(domain).ask(question({ supported_obligations: ['custom', 'odd'] }))
    expect(decision).toMatchObject({ outcome: 'permit', obligations: [{ type: 'custom' }] })
    expect(decision.entry.data).toMatchObject({
      obligations: [{ type: 'custom' }],
      asked: { supported: ['custom'], said: { context: ['supported_obligations'] } },
    })
  })

  it('is a no to whoever cannot, which says how to ask and keeps what was asked', async () => {
    const decision = await stage(domain).ask(question({ supported_obligations: ['notification'] }))
    expect(decision).toMatchObject({
      outcome: 'denial',
      code: 'denied',
      reasons: [{ rule: 'domain:obligation', sentence: 'It is permitted only with an obligation of the type custom.' }],
      ask: { sentence: 'Ask through an enforcement point that can carry it out.' },
    })
    expect(decision.entry.data['questions']).toEqual({ beside: expect.stringMatching(/^questions-/) })
  })

  it('is not told of a domain that asks for none, nor what nobody said', async () => {
    const { entry } = await stage(compile(read)).ask()
    expect(entry.data).not.toHaveProperty('obligations')
    expect(entry.data).not.toHaveProperty('overridden')
    expect(entry.data['asked']).not.toHaveProperty('supported')
  })
})

describe('a question to a domain that is not there', () => {
  const request = question({}, { subject: { type: 'user', id: 'alice', properties: { role: 'r' } } })
  it('is not found, with how to name one, and its entry says what was asked', async () => {
    const world = new World()
    const denial = await world.decide.evaluation(request, personOf(world), 'none')
    expect(denial).toMatchObject({
      outcome: 'denial',
      code: 'not_found',
      reasons: [{ rule: 'domain:absent', sentence: 'There is no domain of this name here.' }],
      ask: { sentence: 'Name a domain that is published: `remit policy publish --domain`.' },
      entry: { data: { domain: { name: 'none' }, asked: { subject: { id: 'alice' }, said: { subject: ['role'] } } } },
    })
  })

  it('is not found where it cannot be read either, and refused to whoever may not ask', async () => {
    const world = new World()
    world.domains.put({ domain: compileDomain('app', CERTIFICATION, () => expect.unreachable()), guards: [] })
    const unreadable = (name: string, by = personOf(world)) => world.decide.unreadable('It has no subject.', by, name)
    expect(await unreadable('none')).toMatchObject({ code: 'not_found', entry: { data: { domain: { name: 'none' } } } })
    expect(await unreadable('app')).toMatchObject({
      code: 'request_invalid',
      entry: { data: { domain: { name: 'app', version: expect.any(String) } } },
    })
    world.change('persons', 'psn_voter', { roles: [] })
    expect(await unreadable('app', personOf(world))).toMatchObject({ code: 'asker_refused' })
  })
})
