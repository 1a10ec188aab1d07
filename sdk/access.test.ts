import { describe, expect, it } from 'vitest'
import { approvalIn, createAccessDesk, type DeniedEvaluation } from './access.ts'
import type { CallParts } from './call.ts'
import type { AccessShown, AccessStatus } from './nouns.ts'
import { RemitProblem } from './problem.ts'

const question = {
  subject: { type: 'task', id: 'tsk_1' },
  action: { name: 'docs/read_text_file', properties: { head: 3 } },
  resource: { type: 'docs', id: 'a' },
  context: { ticket: 'T-1' },
}
const denied = (entry: number): DeniedEvaluation => ({
  question: { ...question, resource: { type: 'docs', id: `a${entry}` } },
  answer: {
    decision: false,
    context: {
      reasons: [],
      entry,
      evaluation_id: String(entry),
      evaluated_at: 'then',
      reason: 'approval_required',
      access_request: { endpoint: 'e', expires_at: 'soon', binding_token: `t${entry}`, template: 'approval' },
    },
  },
})
const approval = { id: 'apr_1', approved_at: 'a', approved_until: 'b' }
const shown = (status: AccessStatus, more: Partial<AccessShown['task']> = {}): AccessShown => ({
  task: {
    id: 'apr_1',
    status,
    status_endpoint: 's',
    progress: { current_step: 1, total_steps: 1 },
    expires_at: '2999-01-01T00:00:00Z',
    links: { cancel: 'c' },
    ...more,
  },
  ...(status === 'approved' ? { result: { mode: 'reevaluate', approval } } : {}),
})

interface Sent extends CallParts {
  readonly method: string
  readonly path: string
}

/** A desk whose server gives these answers, the last one for ever; `retryAfter` is what it says of the next look. */
function open(answers: readonly (AccessShown | RemitProblem)[], retryAfter: string | null = null) {
  const sent: Sent[] = []
  const slept: number[] = []
  const desk = createAccessDesk(async <Answer>(method: string, path: string, parts: CallParts) => {
    sent.push({ method, path, ...parts })
    parts.onHeaders?.(new Headers(retryAfter === null ? {} : { 'retry-after': retryAfter }))
    const answer = answers[Math.min(sent.length, answers.length) - 1]
    if (answer instanceof RemitProblem) throw answer
    return answer as Answer
  })
  const sleep = async (ms: number): Promise<void> => void slept.push(ms)
  return { desk, sent, slept, sleep }
}

describe('asking for access', () => {
  it('hands back what the denial said, and what is said beside it', async () => {
    const { desk, sent } = open([shown('pending')])
    const envelope = { usesMax: 2, lifeSeconds: 60, terms: [], resources: [], total: null }
    const callback = { endpoint: 'https://pep.example/cb', state: 's', events: ['approved'] as const }
    await desk.ask(denied(7), { justification: 'The board asks', envelope, callback })
    const denial = {
      evaluation_id: '7',
      evaluated_at: 'then',
      expires_at: 'soon',
      reason: 'approval_required',
      binding_token: 't7',
      template: 'approval',
    }
    expect(sent).toEqual([
      {
        method: 'POST',
        path: '/access/v1/requests',
        headers: { 'idempotency-key': 'denial-7' },
        body: {
          ...question,
          resource: { type: 'docs', id: 'a7' },
          denial,
          context: { ticket: 'T-1', business_justification: 'The board asks' },
          requested_access: { 'dev.remit/envelope': envelope },
          callback,
        },
      },
    ])
  })

  it('asks about several as items, in their order and under one key', async () => {
    const { desk, sent } = open([shown('pending')])
    await desk.ask([denied(7), denied(9)])
    expect(sent[0]?.headers).toEqual({ 'idempotency-key': 'denial-7-9' })
    expect(sent[0]?.body).toMatchObject({
      subject: question.subject,
      items: [
        { resource: { id: 'a7' }, denial: { binding_token: 't7' } },
        { resource: { id: 'a9' }, denial: { binding_token: 't9' } },
      ],
    })
    expect(sent[0]?.body).not.toHaveProperty('resource')
  })

  it('sends nothing about what nobody can be asked for', async () => {
    const { desk, sent } = open([shown('pending')])
    const final = { question, answer: { decision: false, context: { reasons: [], entry: 7 } } }
    for (const none of [
      final,
      [],
      [denied(7), final],
      { ...denied(7), answer: { ...denied(7).answer, decision: true } },
    ])
      await expect(desk.ask(none)).rejects.toMatchObject({ code: 'not_requestable' })
    expect(sent).toEqual([])
  })

  it('shows the yes unchanged with the next evaluation', async () => {
    const { desk, sent } = open([shown('pending')])
    await desk.evaluate(question, approval)
    await desk.evaluate(question)
    expect(sent.map(({ body }) => body)).toEqual([{ ...question, context: { ticket: 'T-1', approval } }, question])
  })
})

describe('waiting for people', () => {
  it.each(['approved', 'denied', 'expired', 'cancelled', 'failed', 'partial'] as const)(
    'ends at once where it is %s',
    async (status) => {
      const { desk, slept, sleep } = open([shown(status)])
      expect((await desk.waitFor('apr_1', { sleep })).task.status).toBe(status)
      expect(slept).toEqual([])
    },
  )

  it('looks ever more seldom, at most once a minute, and spreads its looks', async () => {
    const { desk, slept, sleep } = open([...Array.from({ length: 8 }, () => shown('pending')), shown('approved')])
    await desk.waitFor('apr_1', { sleep })
    const least = [2, 4, 8, 16, 32, 60, 60, 60]
    expect(slept).toHaveLength(8)
    for (const [at, seconds] of least.entries()) {
      expect(slept[at]).toBeGreaterThanOrEqual(seconds * 1000)
      expect(slept[at]).toBeLessThanOrEqual(seconds * 1250)
    }
  })

  it('never looks sooner than the server says', async () => {
    const { desk, slept, sleep } = open([shown('pending'), shown('approved')], '30')
    await desk.waitFor('apr_1', { sleep })
    expect(slept[0]).toBeGreaterThanOrEqual(30_000)
  })

  it.each(['x', '-5', 'NaN'])('passes over a Retry-After of %s', async (odd) => {
    const { desk, slept, sleep } = open([shown('pending'), shown('approved')], odd)
    await desk.waitFor('apr_1', { sleep })
    expect(slept[0]).toBeLessThanOrEqual(2_500)
  })

  it('gives up once its patience is over, or the request is, and says what stands', async () => {
    const { desk, sent, slept, sleep } = open([shown('pending')])
    expect((await desk.waitFor('apr_1', { patienceMs: 5_000, sleep })).task.status).toBe('pending')
    expect([sent.length, slept.length]).toEqual([2, 1])
    const over = open([shown('pending', { expires_at: '2001-01-01T00:00:00Z' })])
    await over.desk.waitFor('apr_1', { sleep: over.sleep })
    expect([over.sent.length, over.slept.length]).toEqual([1, 0])
  })

  it('says that it expired where its time ended between two looks, and throws where it was over before', async () => {
    const over = new RemitProblem('task_expired', 410, { detail: 'over' })
    const { desk, sent, sleep } = open([shown('pending'), over])
    expect((await desk.waitFor('apr_1', { sleep })).task).toMatchObject({ id: 'apr_1', status: 'expired' })
    expect(sent).toHaveLength(2)
    await expect(open([over]).desk.waitFor('apr_1', { sleep })).rejects.toBe(over)
    const lost = new RemitProblem('unknown_task', 404, { detail: 'gone' })
    await expect(open([shown('pending'), lost]).desk.waitFor('apr_1', { sleep })).rejects.toBe(lost)
  })

  it.each([
    ['standing_by', 503],
    ['unreachable', 0],
    ['answer_malformed', 502],
  ])('looks on where the answer is %s, once it was seen', async (code, status) => {
    const nobody = new RemitProblem(code, status, { detail: 'nobody serves' })
    const { desk, sent, sleep } = open([shown('pending'), nobody, nobody, shown('approved')])
    expect((await desk.waitFor('apr_1', { sleep })).task.status).toBe('approved')
    expect(sent).toHaveLength(4)
    await expect(open([nobody]).desk.waitFor('apr_1', { sleep })).rejects.toBe(nobody)
    const other = new RemitProblem('answer_malformed', 500, { detail: 'what answers is another' })
    await expect(open([shown('pending'), other]).desk.waitFor('apr_1', { sleep })).rejects.toBe(other)
  })

  it.each(['certificate', 'not-tls'])('gives up where what is there will not do, as %s says', async (reason) => {
    const other = new RemitProblem('unreachable', 0, { detail: 'it is another', facts: { reason } })
    const { desk, sleep } = open([shown('pending'), other, shown('approved')])
    await expect(desk.waitFor('apr_1', { sleep })).rejects.toBe(other)
  })

  it('keeps an id inside its segment', async () => {
    const { desk, sent } = open([shown('approved')])
    await desk.waitFor('../x')
    await desk.cancel('../x', 'changed our mind')
    expect(sent.map(({ path, body }) => [path, body])).toEqual([
      ['/access/v1/requests/..%2Fx', undefined],
      ['/access/v1/requests/..%2Fx/cancel', { comment: 'changed our mind' }],
    ])
  })
})

describe('the yes in a request', () => {
  it('is that of one, or of one of several', () => {
    expect(approvalIn(shown('approved'))).toEqual(approval)
    const result = { mode: 'reevaluate', approval } as const
    const item = { resource: {}, action: {} }
    const several = shown('partial', {
      items: [
        { ...item, status: 'denied' },
        { ...item, status: 'approved', result },
      ],
    })
    expect(approvalIn(several, 1)).toEqual(approval)
    for (const read of [() => approvalIn(several), () => approvalIn(several, 0), () => approvalIn(several, 2)])
      expect(read).toThrow(/not_approved/)
  })

  it('is none where it is to be used in a way that is not known', () => {
    const other = { ...shown('approved'), result: { mode: 'https://elsewhere.example/mode', approval } }
    expect(() => approvalIn(other as never)).toThrow(/not_approved/)
    expect(() => approvalIn(shown('pending'))).toThrow(/is pending/)
  })
})
