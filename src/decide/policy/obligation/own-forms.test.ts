import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../../test/decide/policies-with.ts'
import { reader, World } from '../../../../test/decide/world.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { tellObligations } from '../refuse-by-policy.ts'
import { findSupported, findUnsupported, listSupported, readObligation } from './known.ts'
import { OWN_OBLIGATION_TYPES, readOwnObligation, refuseObligation } from './own.ts'

type Json = Parameters<typeof readOwnObligation>[2]
const permitOf = (action: object, effect = 'permit'): Json =>
  ({ effect, principal: { op: 'All' }, action, resource: { op: 'All' }, conditions: [] }) as unknown as Json // only these are read
const acts = { op: 'in', entity: { type: 'Remit::Action', id: 'call' } }
const said = (type: string, properties: object): string => JSON.stringify({ type, properties })
const mask = (members: unknown): string => said('dev.remit/mask-result', { members })
const limit = (bytesMax: unknown): string => said('dev.remit/limit-result', { bytesMax })

describe('an obligation of a policy of the house', () => {
  const onActs = 'an @obligation stands on a permit of acts: name them, such as action in Remit::Action::"call"'
  it.each<[string, object, string | undefined]>([
    ['acts', acts, undefined],
    ['acts by their whole names', { op: '==', entity: { __entity: { type: 'Remit::Action', id: 'read' } } }, undefined],
    ['some acts', { op: 'in', entities: [acts.entity, { type: 'Remit::Action', id: 'read' }] }, undefined],
    ['everything', { op: 'All' }, onActs],
    ['nothing', { op: 'in', entities: [] }, onActs],
    ['nothing that is named', { op: 'in' }, onActs],
    ['what is done here', { op: '==', entity: { type: 'Remit::Action', id: 'task' } }, onActs],
    ['what is handed on here', { op: '==', entity: { type: 'Remit::Action', id: 'delegation' } }, onActs],
    ['a token', { op: '==', entity: { __entity: { type: 'Remit::Action', id: 'token' } } }, onActs],
    ['acts, beside a token', { op: 'in', entities: [acts.entity, { type: 'Remit::Action', id: 'token' }] }, onActs],
  ])('stands on a permit of %s, or is told that it may not', (_, action, fault) => {
    const read = readOwnObligation('p', 'Leave it out.', permitOf(action))
    const obligation = { id: 'p', type: 'custom', properties: { instruction: 'Leave it out.' } }
    expect(read).toEqual(fault ?? obligation)
  })

  it('stands on no policy that forbids', () => {
    expect(readOwnObligation('p', 'Do.', permitOf(acts, 'forbid'))).toBe(
      'an @obligation stands on a permit, and this forbids',
    )
  })

  const members = 'an @obligation of the type dev.remit/mask-result must say members, a list of names'
  const bytes = 'an @obligation of the type dev.remit/limit-result must say bytesMax, a whole number from 1'
  const longest = 'x'.repeat(LIMITS.nameCharsMax)
  const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `m${at}`)
  it.each<[string, string | undefined]>([
    [mask(['a']), undefined],
    [mask([longest]), undefined],
    [mask(many(LIMITS.maskedMembersMax)), undefined],
    [mask([]), members],
    [mask('a'), members],
    [mask(['a', 7]), members],
    [mask(['a', '']), members],
    [mask(['a', `${longest}x`]), members],
    [mask(many(LIMITS.maskedMembersMax + 1)), members],
    [limit(1), undefined],
    [limit(0), bytes],
    [limit(1.5), bytes],
    [limit('1'), bytes],
    [
      said('dance', {}),
      'an @obligation has a type (step-up, notification, session_termination, custom, dev.remit/mask-result, dev.remit/limit-result) and properties',
    ],
  ])('says all that its type needs: %#', (annotation, fault) => {
    const read = readOwnObligation('p', annotation, permitOf(acts))
    expect(typeof read === 'string' ? read : undefined).toBe(fault)
  })

  it('may be of any known type', () => {
    expect(OWN_OBLIGATION_TYPES).toEqual([
      'step-up',
      'notification',
      'session_termination',
      'custom',
      'dev.remit/mask-result',
      'dev.remit/limit-result',
    ])
  })
})

describe('an obligation', () => {
  const form = 'an @obligation has a type (step-up, notification, session_termination, custom) and properties'
  it.each([
    ['  ', 'an @obligation must say something'],
    ['{', form],
    ['{"type":7,"properties":{}}', form],
    ['{"type":"custom","properties":[]}', form],
    ['{"type":"toString","properties":{}}', form],
    ['{"type":"notification","properties":{"to":"a"}}', 'an @obligation of the type notification must say body'],
    ['{"type":"step-up","properties":{"acr_value":7}}', 'an @obligation of the type step-up must say acr_value'],
    [
      '{"type":"session_termination","properties":{}}',
      'an @obligation of the type session_termination must say subject',
    ],
  ])('that says %j is told what it has to say', (annotation, fault) => {
    expect(readObligation('p', annotation)).toBe(fault)
  })

  it('is read as it stands, or as the sentence that it is', () => {
    expect(readObligation('p', ' {"type":"custom","properties":{"a":1}}')).toEqual({
      id: 'p',
      type: 'custom',
      properties: { a: 1 },
    })
    expect(readObligation('p', 'Be kind.')).toEqual({
      id: 'p',
      type: 'custom',
      properties: { instruction: 'Be kind.' },
    })
  })

  const [a, b] = ['custom', 'step-up'].map((type) => ({ id: type, type, properties: {} })) as [never, never]
  it('can be carried out by who says so, or says nothing', () => {
    expect([findUnsupported([a, b], ['custom']), findUnsupported([a, b], undefined)]).toEqual(['step-up', undefined])
    expect([findUnsupported([a, b], ['step-up', 'custom']), findUnsupported([], [])]).toEqual([undefined, undefined])
    expect([listSupported(['x', 'b'], ['a', 'b']), listSupported('b', ['a', 'b'])]).toEqual([['b'], null])
    expect([findSupported([a, b], ['step-up']), findSupported([a, b], null)]).toEqual([[b], []])
  })

  it('is told where there is any, with what can be carried out where that was said', () => {
    const verdict = (obligations: readonly never[]) =>
      ({ obligations }) as unknown as Parameters<typeof tellObligations>[0]
    expect(tellObligations(verdict([]), ['custom'])).toEqual({})
    expect(tellObligations(verdict([a]))).toEqual({ obligations: [a] })
    expect(tellObligations(verdict([a]), ['custom'])).toEqual({ obligations: [a], supportedObligations: ['custom'] })
  })

  it('that nobody would carry out makes a permit a no: at the gateway what it does not know', () => {
    const no = (type: string) => ({
      rule: 'law:obligation',
      sentence: `It is permitted only with an obligation of the type ${type}, which whoever would let it through cannot carry out.`,
    })
    const masked = { id: 'p', type: 'dev.remit/mask-result', properties: {} }
    expect(refuseObligation('call', [masked], null)).toBeUndefined()
    expect(refuseObligation('call', [masked, a], ['custom'])).toEqual(no('custom'))
    expect(refuseObligation('evaluation', [masked, a], null)).toBeUndefined()
    expect(refuseObligation('evaluation', [masked, a], ['custom'])).toEqual(no('dev.remit/mask-result'))
  })
})

describe('what the policies of the house permit with an obligation', () => {
  const OBLIGE = `@id("org:tell") @sentence("Told.") @obligation("Tell the owner.")
    permit (principal, action in [Remit::Action::"read"], resource);`
  async function ask(supported?: readonly string[], policies = OBLIGE) {
    const world = new World(addPolicies(policies))
    const agent = await world.start(reader.id)
    const request = {
      subject: { type: 'task', id: agent.task.id, properties: {} },
      action: { name: 'docs/read_text_file', properties: {} },
      resource: { type: 'docs', id: '/handbook/a.md', properties: {} },
      context: supported === undefined ? {} : { supported_obligations: supported },
    }
    return await world.decide.evaluation(request, agent)
  }
  const obligation = { id: 'org:tell', type: 'custom', properties: { instruction: 'Tell the owner.' } }

  it('is permitted to who carries it out, and to who says nothing of that', async () => {
    expect(await ask()).toMatchObject({ outcome: 'permit', obligations: [obligation] })
    expect(await ask(['custom'])).toMatchObject({
      outcome: 'permit',
      obligations: [obligation],
      entry: { data: { obligations: [obligation], supportedObligations: ['custom'] } },
    })
  })

  it('is denied to who cannot, with the way to get it', async () => {
    const denied = await ask(['step-up'])
    expect(denied).toMatchObject({
      outcome: 'denial',
      code: 'denied',
      reasons: [{ rule: 'law:obligation' }],
      ask: { sentence: 'Ask through an enforcement point that can carry it out.' },
      entry: { data: { obligations: [obligation], supportedObligations: ['step-up'] } },
    })
    expect(denied.outcome === 'denial' && denied.obligations).toBeFalsy()
  })

  it('is denied by a policy that forbids, whoever could carry it out', async () => {
    const both = `${OBLIGE} @id("org:no") @sentence("Never.") forbid (principal, action in [Remit::Action::"read"], resource);`
    const denied = await ask(['custom'], both)
    expect(denied).toMatchObject({ outcome: 'denial', reasons: [{ rule: 'org:no', sentence: 'Never.' }] })
    expect(denied.entry.data).not.toHaveProperty('obligations')
  })
})
