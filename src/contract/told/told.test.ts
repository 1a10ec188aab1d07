import { describe, expect, it } from 'vitest'
import type { EntryKind } from '../log-entry.ts'
import { tell, tellNothing } from './told.ts'

describe('telling a log', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'kind.of.tomorrow'])(
    'an entry of the unknown kind %s changes nothing but the list of entries',
    (kind) => {
      const told = tellNothing()
      tell(told, 0, {
        v: 1,
        org: 'acme',
        atMs: 5,
        kind: kind as EntryKind, // a newer or a hostile log may say any text here
        actor: { kind: 'system', id: 'remit' },
        subject: { kind: 'task', id: 'tsk_1' },
        data: { taskId: 'tsk_1' },
        touched: [],
      })
      expect(told).toEqual({
        ...tellNothing(),
        lastMs: 5,
        entries: new Map([[0, { kind, decision: null, taskId: 'tsk_1', countedFor: null, outcomes: 0 }]]),
      })
    },
  )

  const said = { v: 1, org: 'acme', atMs: 5, actor: { kind: 'system', id: 'remit' }, touched: [] } as const
  const many = 1_000

  it('of a long chain of tasks keeps of each no more than its entry says', () => {
    const told = tellNothing()
    for (let at = 0; at < many; at++) {
      const data = { decision: 'delegation', taskId: `t${at}`, parentId: `t${at - 1}`, endsMs: 9, helper: { id: 'i' } }
      tell(told, at, { ...said, kind: 'decision.permit', subject: { kind: 'task', id: `t${at}` }, data })
    }
    expect([...told.tasks.values()].reduce((links, { chain }) => links + chain.length, 0)).toBe(many)
    expect(told.tasks.get(`t${many - 1}`)?.depth).toBe(many)
  })

  it('of many votes on one approval copies none', () => {
    const told = tellNothing()
    const vote = (at: number): void => {
      const data = { approvalId: 'a', requestedBy: [`p${at}`], verdict: 'approve' }
      tell(told, at, { ...said, kind: 'approval.voted', subject: { kind: 'identity', id: 'i' }, data })
    }
    vote(0)
    const { votes, requestedBy } = told.approvals.get('a') ?? expect.unreachable()
    for (let at = 1; at < many; at++) vote(at)
    expect(told.approvals.get('a')?.votes).toBe(votes)
    expect([votes.length, requestedBy.size]).toEqual([many, many])
  })
})
