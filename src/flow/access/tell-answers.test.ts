import { describe, expect, it } from 'vitest'
import type { Callback } from '../../contract/approval/access-callback.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import type { Fact, Kept } from '../../contract/change.ts'
import type { CallbackTarget } from '../../enforce/callback-sender.ts'
import { createMetrics } from '../../ground/metrics.ts'
import { createTeller } from './tell-answers.ts'

const target: CallbackTarget = {
  endpoint: 'https://pep.example/cb',
  secret: 's'.repeat(32),
  identities: [],
  allowInternal: false,
}
const other = { ...target, endpoint: 'https://other.example/cb' }
const ENDS_MS = 5_000
const DAY_MS = 86_400_000
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
    expiresMs: ENDS_MS,
    request: { callback: { endpoint: target.endpoint, state: { a: 1 } } },
    version: 1,
    entry: 1,
    ...more,
  }) as unknown as Kept<Approval> // the parts that are told of
const at = (endpoint: string, more: object = {}) => ({ request: { callback: { endpoint, ...more } } as never })
const fact = (op: 'insert' | 'update', approval: Approval): Fact =>
  ({ entry: {}, changes: [{ op, table: 'approvals', row: approval }] }) as unknown as Fact // no more of it is read

/** A teller over kept rows; `statuses` are what endpoints answer, the last one for ever. */
function open(statuses: readonly (number | Error)[], approvals: readonly Kept<Approval>[] = [row('approved')]) {
  const kept = new Map(approvals.map((approval) => [approval.id, approval]))
  const callbacks = new Map<string, Kept<Callback>>(
    approvals.map(({ id }) => [id, { id, state: 'waiting', version: 1, entry: 1 }]),
  )
  const sent: { readonly body: string; readonly endpoint: string }[] = []
  const hung: ((status: number) => void)[] = []
  const metrics = createMetrics()
  const reported: unknown[] = []
  const world = { nowMs: 1_000, isLogOpen: true }
  const record = async (each: Fact) => {
    if (!world.isLogOpen) throw new Error('the log is closed')
    for (const change of each.changes)
      if (change.op === 'update' && change.table === 'callbacks')
        callbacks.set(change.row.id, { ...change.row, version: change.ifVersion + 1, entry: 2 })
    return { fact: each, index: 1 }
  }
  const waiting = () => [...callbacks.values()].filter(({ state }) => state === 'waiting')
  const make = () =>
    createTeller({
      clock: { nowMs: () => world.nowMs },
      register: {
        approval: async (id: string) => kept.get(id),
        approvalsAbout: async () => [...kept.values()],
        callback: async (id: string) => callbacks.get(id),
        waitingCallbacks: async ({ limit = 0, after }: { limit?: number; after?: string }) =>
          waiting()
            .filter(({ id }) => after === undefined || id > after)
            .slice(0, limit),
      },
      publicUrl: 'https://remit.example',
      metrics,
      targets: [target, other],
      send: ({ endpoint }: CallbackTarget, body: string, stop: AbortSignal) => {
        const answer = statuses[Math.min(sent.push({ body, endpoint }), statuses.length) - 1] ?? 200
        if (answer instanceof Error) return Promise.reject(answer)
        if (answer !== HANG) return Promise.resolve(answer)
        return new Promise<number>((resolve, reject) => {
          hung.push(resolve)
          stop.addEventListener('abort', () => reject(new Error('aborted')))
        })
      },
      log: { record },
      report: (error: unknown) => void reported.push(error),
    } as unknown as Parameters<typeof createTeller>[0]) // rooms that are not used are left out
  const told = (): string => /remit_callbacks_total\{outcome="([a-z-]+)"\} 1/.exec(metrics.write())?.[1] ?? 'none'
  const idle = async (): Promise<void> => {
    for (let turn = 0; turn < 60; turn++) await Promise.resolve()
  }
  const teller = make()
  return {
    teller,
    make,
    sent,
    told,
    idle,
    kept,
    world,
    hung,
    reported,
    states: () => [...callbacks.values()].map(({ state }) => state),
    goOn: async () => {
      await teller.goOn()
      await idle()
    },
  }
}
const HANG = -1

describe('who asked for access', () => {
  it('is told the end, the state that they gave, and nothing that a yes rests on', async () => {
    const { teller, sent, told, idle, states } = open([204])
    await teller.log.record(fact('update', row('approved')))
    await idle()
    expect(sent.map(({ body }) => JSON.parse(body))).toEqual([
      {
        state: { a: 1 },
        task: {
          id: 'apr_1',
          status: 'approved',
          status_endpoint: 'https://remit.example/access/v1/requests/apr_1',
        },
      },
    ])
    expect([told(), states()]).toEqual(['told', ['told']])
  })

  it.each(['used', 'pending'] as const)('is told nothing of a question that is %s', async (state) => {
    const { teller, sent, idle } = open([200])
    await teller.log.record(fact('update', row(state)))
    await idle()
    expect(sent).toEqual([])
  })

  it('is told nothing where they named no endpoint, or where others were asked', async () => {
    const { teller, sent, idle } = open([200])
    await teller.log.record(fact('update', row('approved', { request: undefined as never })))
    await teller.log.record({ entry: {}, changes: [{ op: 'insert', table: 'tasks', row: {} }] } as never)
    await idle()
    expect(sent).toEqual([])
  })

  it('is told only of the ends that they named, and the others end without', async () => {
    const { teller, sent, idle, states } = open([200], [row('denied', at(target.endpoint, { events: ['approved'] }))])
    await teller.log.record(fact('update', row('denied')))
    await idle()
    expect([sent, states()]).toEqual([[], ['unwanted']])
  })

  it('is told that it expired, once its time is over, and not before', async () => {
    const { sent, goOn, world } = open([200], [row('pending')])
    world.nowMs = ENDS_MS - 1
    await goOn()
    expect(sent).toEqual([])
    world.nowMs = ENDS_MS
    await goOn()
    await goOn()
    expect(sent.map(({ body }) => body)).toEqual([expect.stringContaining('"status":"expired"')])
  })

  it('is told after a restart what they were not told before it, and nothing twice', async () => {
    const { teller, make, sent, idle, states } = open([HANG, 200])
    await teller.log.record(fact('update', row('approved')))
    await idle()
    await teller.close()
    expect([sent.length, states()]).toEqual([1, ['waiting']])
    const next = make()
    await next.goOn()
    await idle()
    await next.goOn()
    await idle()
    expect([sent.length, states()]).toEqual([2, ['told']])
  })

  it('is told again where it could not be written that they were', async () => {
    const { teller, sent, idle, world, goOn, states, reported } = open([200])
    world.isLogOpen = false
    await expect(teller.log.record(fact('update', row('approved')))).rejects.toThrow('closed')
    await goOn()
    expect([sent.length, states(), reported.length]).toEqual([1, ['waiting'], 1])
    await goOn()
    expect(sent.length).toBe(1)
    world.isLogOpen = true
    world.nowMs += 2_000
    await goOn()
    expect([sent.length, states()]).toEqual([2, ['told']])
    await idle()
  })

  it('is told in their turn, however many wait', async () => {
    const ids = Array.from({ length: 450 }, (_, each) => `apr_${String(each).padStart(3, '0')}`)
    const { sent, goOn } = open(
      [200],
      ids.map((id) => row('denied', { id })),
    )
    for (let turn = 0; turn < 12; turn++) await goOn()
    expect(new Set(sent.map(({ body }) => body)).size).toBe(450)
    expect(sent).toHaveLength(450)
  })
})

describe('an endpoint', () => {
  it('that fails is tried again, ever later', async () => {
    const { sent, goOn, world, states } = open([500, new Error('refused'), 429, 408, 503, HANG, 500])
    const gaps: number[] = []
    for (let lastMs = world.nowMs; sent.length < 5; world.nowMs += 1_000) {
      const before = sent.length
      await goOn()
      if (sent.length === before) continue
      if (before > 0) gaps.push(world.nowMs - lastMs)
      lastMs = world.nowMs
    }
    expect(gaps).toEqual([2_000, 15_000, 60_000, 300_000])
    world.nowMs = ENDS_MS + DAY_MS - 1
    await goOn()
    expect([sent.length, states()]).toEqual([6, ['waiting']])
  })

  it('that cannot be reached is reported once, by its name, however much is to be told and how often it is tried', async () => {
    const { goOn, world, reported, sent } = open(
      [new Error('ECONNREFUSED')],
      [row('approved'), row('denied', { id: 'apr_2' })],
    )
    await goOn()
    world.nowMs += 2_000
    await goOn()
    expect([sent.length, reported.length]).toEqual([4, 1])
    expect(reported[0]).toMatchObject({
      code: 'upstream_unavailable',
      detail: expect.stringContaining('at pep.example cannot'),
    })
  })

  it('that was reached again, and then is not, is reported again', async () => {
    const down = new Error('ECONNREFUSED')
    const { goOn, world, reported, sent } = open([down, 503, down])
    for (const waitMs of [0, 2_000, 15_000]) {
      world.nowMs += waitMs
      await goOn()
    }
    expect([sent.length, reported.length]).toEqual([3, 2])
  })

  it('is tried no more once a day is over', async () => {
    const { sent, goOn, world, states, told } = open([500])
    world.nowMs = ENDS_MS + DAY_MS - 1
    await goOn()
    expect(states()).toEqual(['waiting'])
    world.nowMs += 2_001
    await goOn()
    await goOn()
    expect([sent.length, states(), told()]).toEqual([2, ['given-up'], 'given-up'])
  })

  it.each([301, 302, 307, 400, 403, 404])(
    'that answers %i is not tried again, and followed nowhere',
    async (status) => {
      const { sent, goOn, told, world, states } = open([status])
      await goOn()
      world.nowMs += DAY_MS
      await goOn()
      expect([sent.length, told(), states()]).toEqual([1, 'refused', ['refused']])
    },
  )

  it('that is out of the configuration is waited for', async () => {
    const { sent, goOn, states, world } = open([200], [row('denied', at('https://pep.example/gone'))])
    await goOn()
    expect([sent, states()]).toEqual([[], ['waiting']])
    world.nowMs = ENDS_MS + DAY_MS
    await goOn()
    expect([sent, states()]).toEqual([[], ['given-up']])
  })

  it('that hangs holds up only itself', async () => {
    const hanging = Array.from({ length: 20 }, (_, each) => row('denied', { id: `apr_a${each}` }))
    const { sent, goOn, hung } = open(
      [HANG, HANG, HANG, HANG, 200],
      [...hanging, row('denied', { id: 'apr_z', ...at(other.endpoint) })],
    )
    await goOn()
    expect(sent.map(({ endpoint }) => endpoint)).toEqual([...Array(4).fill(target.endpoint), other.endpoint])
    hung[0]?.(200)
    await goOn()
    expect(sent.length).toBeGreaterThan(5)
  })

  it('is left alone once the house stops', async () => {
    const { teller, sent, idle } = open([500])
    await teller.close()
    await teller.log.record(fact('update', row('denied')))
    await teller.goOn()
    await idle()
    expect(sent).toEqual([])
  })

  it('that fails does not fail what was recorded', async () => {
    const { teller } = open([new Error('no')])
    await expect(teller.log.record(fact('update', row('denied')))).resolves.toMatchObject({ index: 1 })
  })
})
