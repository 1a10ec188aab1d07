import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../test/decide/policies-with.ts'
import { read, taskRequest, World } from '../../test/decide/world.ts'
import { requireVersion } from '../contract/change.ts'
import { ERRORS } from '../ground/error-table.ts'
import { LIMITS } from '../ground/limits.ts'
import { shortenText } from './facts/fit-data.ts'
import { deny, type Hearing } from './hearing.ts'

describe('a decision', () => {
  it('that is a no never lacks a reason', () => {
    const hearing = {
      kind: 'call',
      actor: { kind: 'identity', id: 'idn_1' },
      subject: { kind: 'task', id: 'tsk_1' },
      first: [],
      policies: { version: 'v1' },
    } as unknown as Hearing<'call'> // as much of one as a no takes that no policy was asked about
    const denial = deny(hearing, { code: 'denied', reasons: [], facts: {}, ask: { sentence: 'Ask.' } })
    expect(denial.reasons).toEqual([{ rule: 'error:denied', sentence: ERRORS.denied.sentence }])
    expect(denial.nearest).toEqual([])
    expect(denial).not.toHaveProperty('spent')
    const long = { rule: 'own:long', sentence: 'x'.repeat(LIMITS.textCharsMax + 1) }
    expect(deny(hearing, { code: 'denied', reasons: [long], facts: {}, ask: { sentence: 'Ask.' } }).reasons).toEqual([
      { rule: 'own:long', sentence: shortenText(long.sentence, LIMITS.textCharsMax) },
    ])
  })

  it.each([
    ['permit', read(), 'permit'],
    ['forbid', read(), 'denial'],
  ] as const)('has room in its entry however much the policies say that decide: %s', async (effect, call, outcome) => {
    const sentence = '語'.repeat(LIMITS.textCharsMax)
    const rules = Array.from({ length: 16 }, (_, at) => `own:rule-${at}`)
    const policies = rules.map(
      (rule) =>
        `@id("${rule}") @sentence("${sentence}") ${effect} (principal, action == Remit::Action::"read", resource);`,
    )
    const world = new World(addPolicies(policies.join('\n')))
    const decision = await world.decide.call(await world.start(), call)
    expect(decision.outcome).toBe(outcome)
    expect(Buffer.byteLength(JSON.stringify(decision.entry))).toBeLessThan(LIMITS.decisionDataBytesMax)
    const said = decision.reasons.filter(({ rule }) => rule.startsWith('own:'))
    expect(said.length).toBeGreaterThan(14)
    for (const reason of said) expect(reason.sentence).toMatch(/^語{400,600}… \(2000 characters\)$/)
  })

  it('is bound to the policies that are in force, and names their version', async () => {
    const world = new World()
    const agent = await world.start()
    const domain = world.rows.put('purposes', { code: 'of-policies', title: 'x', classes: [], ceiling: 'public' })
    const enforced = world.shelf.enforced()
    world.shelf.put({ enforced, shadow: null, guards: [requireVersion('purposes', domain)] })
    const decision = await world.decide.call(agent, read())
    expect(decision.policyVersion).toBe(enforced.version)
    world.change('purposes', 'of-policies', {})
    expect(() => world.take(decision)).toThrow('conflict')
    const denial = world.refuse(await world.decide.call(agent, read('board/x')))
    expect(denial).toMatchObject({ policyVersion: enforced.version, entry: { policy: enforced.version } })
  })

  it('says what the policies that are observed beside would have decided, and is none of theirs', async () => {
    const world = new World()
    const agent = await world.start()
    const shadow = addPolicies(
      '@id("own:no") @sentence("No.") forbid (principal, action == Remit::Action::"read", resource);',
    )
    world.shelf.put({ enforced: world.shelf.enforced(), shadow, guards: [] })
    const { entry } = world.take(await world.decide.call(agent, read()))
    expect(entry.data).toMatchObject({
      outcome: 'permit',
      shadow: { version: shadow.version, code: 'denied', rules: ['own:no'] },
    })
    world.shelf.put({ enforced: world.shelf.enforced(), shadow: null, guards: [] })
    expect(world.take(await world.decide.call(agent, read())).entry.data).not.toHaveProperty('shadow')
  })

  it('of a task tells its scope and goal uncut', async () => {
    const world = new World()
    const scope = Array.from({ length: 100 }, (_, at) => ({
      action: 'docs/read_text_file',
      resource: `docs:/${at + 100}`,
    }))
    const goal = '日'.repeat(LIMITS.textCharsMax)
    const { entry } = world.take(await world.decide.task(world.workload(), { ...taskRequest, scope, goal }))
    expect(entry.data).toMatchObject({ scope, goal })
  })

  it('that a policy could not be evaluated for is for those who keep the policies, as is what one forbids', async () => {
    const world = new World()
    const agent = await world.start()
    const { engine, ...policies } = world.shelf.enforced()
    const asksOf = async (errors: readonly string[]): Promise<string | undefined> => {
      const decide = () => ({ allowed: false, determining: [], errors })
      const denial = await world.decideWith({ ...policies, engine: { ...engine, decide } }).call(agent, read())
      return denial.outcome === 'denial' ? denial.ask?.sentence : undefined
    }
    expect(await asksOf(['x: overflow'])).toBe('The people who keep the policies must mend it.')
    expect(await asksOf([])).toBe('The people who keep the policies can change what they forbid.')
  })
})
