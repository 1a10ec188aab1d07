import { describe, expect, it } from 'vitest'
import { compile, policies, question, stage } from '../../../test/decide/domain-stage.ts'
import { personOf } from '../../../test/decide/world.ts'

describe('an obligation', () => {
  const notify =
    '{\\"type\\":\\"notification\\",\\"properties\\":{\\"to\\":\\"sec@example.org\\",\\"body\\":\\"read\\"}}'
  const obliging = policies(`
    @id("a:mask") @obligation("Leave out the salary.") permit (principal, action, resource);
    @id("b:tell") @obligation("${notify}") permit (principal, action, resource) when { resource has secret };
    @id("c:none") permit (principal, action, resource);`)
  const mask = { id: 'a:mask', type: 'custom', properties: { instruction: 'Leave out the salary.' } }
  const tell = { id: 'b:tell', type: 'notification', properties: { to: 'sec@example.org', body: 'read' } }

  it('comes with a permit from every policy that permits, and stands in the entry', async () => {
    const { ask } = stage(obliging)
    expect(await ask()).toMatchObject({ obligations: [mask], entry: { data: { obligations: [mask] } } })
    expect(await ask({}, {}, { properties: { secret: true } })).toMatchObject({ obligations: [mask, tell] })
  })

  it('that the enforcement point says it cannot carry out makes it a no', async () => {
    const { ask } = stage(obliging)
    const secret = { properties: { secret: true } }
    expect(await ask({}, {}, secret, { supported_obligations: ['custom'] })).toMatchObject({
      outcome: 'denial',
      reasons: [{ rule: 'domain:obligation' }],
      obligations: [mask],
      entry: { data: { obligations: [mask, tell], supportedObligations: ['custom'] } },
    })
    expect(await ask({}, {}, secret, { supported_obligations: [] })).not.toHaveProperty('obligations')
    expect(await ask({}, {}, secret, { supported_obligations: ['custom', 'notification'] })).toMatchObject({
      outcome: 'permit',
    })
    expect(await ask({}, {}, secret, { supported_obligations: 'none' })).toMatchObject({ outcome: 'permit' })
  })

  it('comes with each result of a search, and leaves out the one that it makes a no of', async () => {
    const { world } = stage({
      ...obliging,
      entities: JSON.stringify([
        { uid: { type: 'record', id: 'record-1' }, attrs: {}, parents: [] },
        { uid: { type: 'record', id: 'record-2' }, attrs: { secret: true }, parents: [] },
      ]),
    })
    const find = async (context: Record<string, unknown>) => {
      const { subject, action } = question()
      const resource = { type: 'record', id: '', properties: {} }
      const request = { what: 'resource', subject, action, resource, context } as const
      return await world.decide.search(request, { after: null, limit: 9, tasks: [] }, personOf(world), 'app')
    }
    const obliged = [
      { on: 'record-1', obligations: [mask] },
      { on: 'record-2', obligations: [mask, tell] },
    ]
    expect(await find({})).toMatchObject({ found: ['record-1', 'record-2'], obliged, entry: { data: { obliged } } })
    expect(await find({ supported_obligations: ['custom'] })).toMatchObject({
      found: ['record-1'],
      obliged: obliged.slice(0, 1),
    })
    expect(await find({ supported_obligations: [] })).toMatchObject({ found: [], obliged: [] })
  })

  it.each([
    ['says nothing', '@obligation("") permit (principal, action, resource);', /must say something/],
    [
      'is of no type',
      '@obligation("{\\"type\\":\\"dance\\",\\"properties\\":{}}") permit (principal, action, resource);',
      /has a type/,
    ],
    [
      'is half',
      '@obligation("{\\"type\\":\\"step-up\\",\\"properties\\":{}}") permit (principal, action, resource);',
      /must say acr_value/,
    ],
    ['is no JSON', '@obligation("{oops") permit (principal, action, resource);', /has a type/],
    ['stands on a no', '@obligation("x") forbid (principal, action, resource);', /stands on a permit/],
  ])('is refused where it %s', (_, text, sentence) => {
    expect(() => compile(policies(text))).toThrow(sentence)
  })
})
