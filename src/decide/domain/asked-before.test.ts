import { describe, expect, it } from 'vitest'
import { read, taskRequest, World } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import { requireVersion } from '../../contract/change.ts'
import type { Decision } from '../../contract/decision.ts'
import type { AskedBefore, FileLook } from '../requests.ts'
import { compileDomain } from './compile-domain.ts'

const compile = (sentence: string) => {
  const text = `@id("all") @sentence("${sentence}") permit (principal, action, resource);`
  const files = [{ name: 'a.cedar', text }]
  return compileDomain('crm', { schema: null, entities: null, files }, () => expect.unreachable())
}
const domain = compile('All.')
const guard = requireVersion('policy_domains', { name: 'crm', version: 7 } as never)
const asked: AskedBefore = { domain: 'crm', version: domain.version, ruleVersion: 1, questions: [] }

async function decide(before: AskedBefore, files?: FileLook): Promise<Decision<'call'>> {
  const world = new World()
  world.domains.put({ domain, guards: [guard] })
  const agent: AgentCaller = await world.start(undefined, taskRequest)
  return await world.decide.call(agent, { ...read(), asked: before, ...(files === undefined ? {} : { files }) })
}

describe('a call that a domain said yes to', () => {
  it('is permitted, and its permit guards the version that said so', async () => {
    for (const files of [undefined, { fault: null, ruleVersion: 1 }]) {
      const decision = await decide(asked, files)
      expect(decision.outcome).toBe('permit')
      expect(decision.changes).toContainEqual(guard)
    }
  })

  it.each<[string, AskedBefore]>([
    ['by another version than decides now', { ...asked, version: compile('All of it.').version }],
    ['by nobody, as it was not asked', { ...asked, version: null }],
    ['by a domain that is not there', { ...asked, domain: 'gone' }],
    ['by the review of its tool before this one', { ...asked, ruleVersion: 0 }],
  ])('%s, is not', async (_, before) => {
    const decision = await decide(before, { fault: null, ruleVersion: 1 })
    expect(decision).toMatchObject({ outcome: 'denial', code: 'request_invalid', reasons: [{ rule: 'law:target' }] })
    expect(decision.reasons[0]?.sentence).toContain('has to be sent again')
  })

  it('is asked about again while it is under way, and falls with the yes of its domain, not with its version', async () => {
    const world = new World()
    const agent = await world.start(undefined, taskRequest)
    const subject = { type: 'User', id: 'psn_one', properties: {} }
    const thing = { type: 'Thing', id: 'a', properties: {} }
    const question = { subject, action: { name: 'read', properties: {} }, resource: thing, context: {} }
    const before = { ...asked, questions: [question] }
    world.domains.put({ domain, guards: [] })
    const { grant } = world.take(await world.decide.call(agent, { ...read(), asked: before }))
    const again = () => world.decide.callAgain(agent, { ...read(), asked: before }, grant.before)
    world.domains.put({ domain: compile('All of it.'), guards: [] })
    expect(await again()).toBeNull()
    const files = [{ name: 'a.cedar', text: '@id("none") @sentence("None.") forbid (principal, action, resource);' }]
    const shut = compileDomain('crm', { schema: null, entities: null, files }, () => expect.unreachable())
    world.domains.put({ domain: shut, guards: [] })
    expect(await again()).toMatchObject({ code: 'denied', reasons: [{ rule: 'none' }] })
  })

  it('is told what is wrong with its files before that', async () => {
    const decision = await decide({ ...asked, version: null }, { fault: 'it names a link', ruleVersion: 1 })
    expect(decision.reasons[0]?.sentence).toContain('it names a link')
  })
})
