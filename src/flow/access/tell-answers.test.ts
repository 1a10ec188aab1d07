import { describe, expect, it } from 'vitest'
import type { Approval } from '../../contract/approval/approval.ts'
import type { Fact, Kept } from '../../contract/change.ts'
import { createMetrics } from '../../ground/metrics.ts'
import type { CallbackTarget } from './callback-sender.ts'
import { createTeller } from './tell-answers.ts'

const target: CallbackTarget = {
  endpoint: 'https://pep.example/cb',
  secret: 's'.repeat(32),
  identities: [],
  allowInternal: false,
}
const row = (state: Approval['state'], more: Partial<Approval> = {}): Kept<Approval> =>
  ({
    id: 'apr_1',
    subject: 'call',
    subjectId: 'tsk_1',
    seats: ['security'],
    votes:
      state === 'approved' ? [{ personId: 'psn_1', seat: 'security', verdict: 'approve', reason: '', atMs: 1 }] : [],
    requestedBy: [],
    state,
    createdMs: 0,
    expiresMs: 5_000,
    request: { callback: { endpoint: target.endpoint, state: { a: 1 } } },
    version: 1,
    entry: 1,
    ...more,
  }) as unknown as Kept<Approval> // the parts that are told of
const fact = (op: 'insert' | 'update', approval: Approval): Fact =>
  ({ entry: {}, changes: [{ op, table: 'approvals', row: approval }] }) as unknown as Fact // no more of it is read

/** A teller over one kept row; `statuses` are what the endpoint answers, the last one for ever. */
function open(
  statuses: readonly (number | Error)[],
  kept: { approval: Kept<Approval> } = { approval: row('approved') },
) {
  const sent: { readonly body: string; readonly endpoint: string }[] = []
  const slept: number[] = []
  const due: { readonly ms: number; readonly run: () => void }[] = []
  const metrics = createMetrics()
  const parts = {
    clock: {
      nowMs: () => 1_000,
      monotonicMs: () => 0,
      sleep: async (ms: number, signal?: AbortSignal) => {
        signal?.throwIfAborted()
        slept.push(ms)
      },
      every: () => () => undefined,
      after: (ms: number, run: () => void) => {
        due.push({ ms, run })
        return () => undefined
      },
    },
    register: { approval: async () => kept.approval, approvalsAbout: async () => [kept.approval] },
    publicUrl: 'https://remit.example',
    metrics,
    targets: [target],
    send: async ({ endpoint }: CallbackTarget, body: string) => {
      const answer = statuses[Math.min(sent.push({ body, endpoint }), statuses.length) - 1] ?? 200
      if (answer instanceof Error) throw answer
      return answer
    },
    log: { record: async (each: Fact) => ({ fact: each, index: 1 }) },
    report: (error: unknown) => {
      throw error
    },
  }
  const teller = createTeller(parts as unknown as Parameters<typeof createTeller>[0]) // rooms that are not used are left out
  const outcome = (): string => /remit_callbacks_total\{outcome="([a-z-]+)"\} 1/.exec(metrics.write())?.[1] ?? 'none'
  const idle = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  }
  return { teller, sent, slept, due, outcome, idle, kept }
}

describe('who asked for access', () => {
  it('is told the end, the state that they gave, and nothing that a yes rests on', async () => {
    const { teller, sent, outcome, idle } = open([204])
    await teller.log.record(fact('update', row('approved')))
    await idle()
    expect(sent.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      {
        state: { a: 1 },
        task: {
          id: 'apr_1',
          status: 'approved',
          status_endpoint: 'https://remit.example/access/v1/requests/apr_1',
        },
      },
    ])
    expect(outcome()).toBe('told')
  })

  const quiet: readonly (readonly [string, Fact])[] = [
    ['a yes is used up', fact('update', row('used'))],
    ['the question is put', fact('insert', row('pending'))],
    ['nobody asked to be told', fact('update', row('approved', { request: { by: {} } as never }))],
    ['it came in another way', fact('update', { ...row('approved'), request: undefined } as never)],
  ]
  it.each(quiet)('is told nothing where %s', async (_, each) => {
    const { teller, sent, idle } = open([200])
    await teller.log.record(each)
    await idle()
    expect(sent).toEqual([])
  })

  it('is told nothing of an end that they did not name', async () => {
    const asked = { callback: { endpoint: target.endpoint, events: ['denied'] } }
    const { teller, sent, idle } = open([200], { approval: row('approved', { request: asked as never }) })
    await teller.log.record(fact('update', row('approved')))
    await idle()
    expect(sent).toEqual([])
  })

  it('is told that it expired, once its time is over', async () => {
    const { teller, sent, due, idle, kept } = open([200], { approval: row('pending') })
    await teller.log.record(fact('insert', row('pending')))
    expect(due.map(({ ms }) => ms)).toEqual([4_001])
    kept.approval = row('pending', { expiresMs: 1_000 })
    due[0]?.run()
    await idle()
    expect(sent.map(({ body }) => body)).toEqual([expect.stringContaining('"status":"expired"')])
  })

  it('is told nowhere once the endpoint is out of the configuration', async () => {
    const asked = { callback: { endpoint: 'https://pep.example/other' } }
    const { teller, sent, outcome, idle } = open([200], { approval: row('denied', { request: asked as never }) })
    await teller.log.record(fact('update', row('denied')))
    await idle()
    expect([sent, outcome()]).toEqual([[], 'refused'])
  })
})

describe('an endpoint', () => {
  it('that fails is tried four times in all, ever later', async () => {
    const { teller, sent, slept, outcome, idle } = open([500, new Error('refused'), 429, 503])
    await teller.log.record(fact('update', row('denied')))
    await idle()
    expect([sent.length, slept, outcome()]).toEqual([4, [2_000, 15_000, 60_000], 'given-up'])
  })

  it.each([301, 302, 307, 400, 403, 404])(
    'that answers %i is not tried again, and followed nowhere',
    async (status) => {
      const { teller, sent, outcome, idle } = open([status])
      await teller.log.record(fact('update', row('denied')))
      await idle()
      expect([sent.length, outcome()]).toEqual([1, 'refused'])
    },
  )

  it('is left alone once the house stops', async () => {
    const { teller, sent, idle } = open([500])
    await teller.close()
    await teller.log.record(fact('update', row('denied')))
    await idle()
    expect(sent).toEqual([])
  })

  it('that fails does not fail what was recorded', async () => {
    const { teller } = open([new Error('no')])
    await expect(teller.log.record(fact('update', row('denied')))).resolves.toMatchObject({ index: 1 })
  })
})
