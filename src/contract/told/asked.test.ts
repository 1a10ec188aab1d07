import { describe, expect, it } from 'vitest'
import { type Said, tellAll } from '../../../test/prove/tell-all.ts'
import type { JsonObject } from '../log-entry.ts'
import type { ToldAnswers } from './asked.ts'

const ann = { kind: 'person', id: 'psn_ann' } as const
const point = {
  kind: 'identity',
  id: 'idn_point',
  chain: [{ identityId: 'idn_point', name: 'point', taskId: 'tsk_point' }],
} as const
const about = { decision: 'evaluation', identityId: 'idn_1', taskId: 'tsk_1' }
const yes = (said: Partial<Said> = {}): Said => ({ kind: 'decision.permit', data: about, ...said })
const no = (said: Partial<Said> = {}): Said => ({ kind: 'decision.denial', data: about, ...said })

const ownOf = (told: ReturnType<typeof tellAll>) =>
  Object.fromEntries([...told.identities].map(([id, { permits, denials }]) => [id, [permits, denials]]))
const askedOf = (told: ReturnType<typeof tellAll>, id: string) =>
  [...(told.asked.get(id)?.values() ?? [])].map(({ by, permits, denials, acts }: ToldAnswers) => [
    by.id,
    permits,
    denials,
    acts,
  ])

describe('what an identity asked for itself', () => {
  it.each(['task', 'token', 'delegation', 'call'])('counts as its own, such as a %s', (decision) => {
    const told = tellAll(no({ data: { decision } }), yes({ data: { decision } }))
    expect(ownOf(told)).toEqual({ idn_1: [1, 1] })
    expect(told.asked.size).toBe(0)
  })

  it('counts as its own where a person opened the task for it', () => {
    const task = { decision: 'task', identityId: 'idn_1' }
    expect(ownOf(tellAll(no({ actor: ann, data: task })))).toEqual({ idn_1: [0, 1] })
  })

  it('counts as its own where it asked about others and may not', () => {
    const told = tellAll(no({ actor: point, data: { decision: 'evaluation', code: 'asker_refused' } }))
    expect(ownOf(told)).toEqual({ idn_point: [0, 1] })
    expect(told.asked.size).toBe(0)
  })

  it('counts as its own once where the gateway asks a domain about its call first', () => {
    const mapped = { decision: 'evaluation', domain: { name: 'crm' }, mapped: true }
    const older = { decision: 'evaluation', reasons: [{ rule: 'law:mapped', sentence: '' }] }
    const called = yes({ data: { decision: 'call' } })
    const told = tellAll(yes({ data: mapped }), called, yes({ data: older }), called, no({ data: mapped }))
    expect(ownOf(told)).toEqual({ idn_1: [2, 1] })
    expect(told.asked.size).toBe(0)
  })

  it('counts so too where an older entry says it among other reasons, and where it says nothing of it as a question', () => {
    const told = (...reasons: JsonObject[]) => tellAll(yes({ data: { ...about, reasons } })).asked.size
    const mapped = { rule: 'law:mapped', sentence: '' }
    const other = { rule: 'law:scope', sentence: '' }
    expect([told(mapped), told(other, mapped), told(mapped, other)]).toEqual([0, 0, 0])
    expect([told(other), told()]).toEqual([1, 1])
  })
})

describe('what was asked about an identity', () => {
  it('counts under who asked, and not as its own', () => {
    const told = tellAll(
      no({ data: { decision: 'call' } }),
      no({ actor: ann }),
      no({ actor: ann }),
      yes({ actor: point }),
      no({ actor: point }),
      no(),
    )
    expect(ownOf(told)).toEqual({ idn_1: [0, 1] })
    expect(askedOf(told, 'idn_1')).toEqual([
      ['psn_ann', 0, 2, 0],
      ['idn_point', 1, 1, 0],
      ['idn_1', 0, 1, 0],
    ])
  })

  it('counts as an act where an entitlement of who asked says so, and nothing else makes it one', () => {
    const counts = { ...about, counts: true }
    const told = tellAll(
      yes({ actor: point, data: counts }),
      yes({ actor: point }),
      no({ actor: point, data: counts }),
      yes({ actor: point, data: { ...about, counts: 'true' } }),
    )
    expect(askedOf(told, 'idn_1')).toEqual([['idn_point', 3, 1, 1]])
  })

  it('counts about nobody where Remit found out of nobody, whomever the question names', () => {
    const named = { kind: 'identity', id: 'idn_1' }
    const told = tellAll(
      no({ actor: point, subject: named, data: { decision: 'evaluation', domain: { name: 'crm' } } }),
      no({ actor: ann, subject: named, data: { decision: 'evaluation', code: 'asker_refused' } }),
      no({ actor: point, subject: { kind: 'identity', id: 'idn_point' }, data: { decision: 'evaluation' } }),
      no({ actor: point, subject: { kind: 'task', id: 'tsk_point' }, data: { decision: 'evaluation' } }),
    )
    expect(ownOf(told)).toEqual({})
    expect(askedOf(told, 'idn_1')).toEqual([])
    expect(askedOf(told, '')).toEqual([['idn_point', 0, 1, 0]])
    expect(askedOf(told, 'idn_point')).toEqual([['idn_point', 0, 2, 0]])
  })

  it('is nothing that is no decision', () => {
    expect(tellAll({ kind: 'search.answered', data: about }, { kind: 'refusal', data: about }).asked.size).toBe(0)
  })
})
