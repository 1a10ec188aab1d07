import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { send } from '../attacks/intruder.ts'
import type { House } from '../house.ts'
import {
  approve,
  approved,
  cancel,
  evaluate,
  look,
  type Members,
  openAsking,
  question,
  type Standing,
  stand,
  submission,
  submit,
  told,
} from './asking.ts'
import { furnish, makeSummariser, openTask, register } from './cast.ts'

let house: House

beforeAll(async () => {
  house = await openAsking()
})

afterAll(async () => void (await house.end()))

describe('a request for access', () => {
  it('is announced by the metadata and by the denial', async () => {
    const { json } = await send(house, '/.well-known/authzen-configuration')
    expect(json).toMatchObject({
      access_request_endpoint: `${house.url}/access/v1/requests`,
      capabilities: ['urn:openid:authzen:capability:access-request'],
    })
    const { denied } = await stand()
    expect(denied).toMatchObject({
      decision: false,
      context: {
        reason: 'approval_required',
        evaluation_id: expect.stringMatching(/^\d+$/),
        access_request: { endpoint: `${house.url}/access/v1/requests`, expires_at: expect.stringMatching(/Z$/) },
      },
    })
  })

  it('goes from denial over a yes to one permit', async () => {
    const standing = await stand()
    const { token, asked } = standing
    const body = submission(standing, { context: { ...asked.context, business_justification: 'The board asks' } })
    const answer = await submit(token, body, 'key-1')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([202, '5'])
    const { task } = told(answer)
    expect(answer.headers.get('location')).toBe(task?.status_endpoint)
    const { approval } = await house.people.lin.client.approvals.show(task?.id ?? '')
    expect(approval).toMatchObject({
      asked: {
        action: 'docs/read_text_file',
        arguments: { head: 3, '@context': { ticket: 'DOC-1' } },
        justification: 'The board asks',
      },
    })
    expect(told(await look(token, task?.id ?? '')).task?.status).toBe('pending')
    await approve(task?.id ?? '')
    const seen = await look(token, task?.id ?? '')
    expect([told(seen).task?.status, told(seen).result?.mode, seen.headers.get('retry-after')]).toEqual([
      'approved',
      'reevaluate',
      null,
    ])
    const shown = { ...asked, context: { ...asked.context, approval: told(seen).result?.approval, time: 'now' } }
    expect(await evaluate(token, asked)).toMatchObject({ decision: false })
    const permit = await evaluate(token, shown)
    expect(permit).toMatchObject({ decision: true, context: { approval: { id: task?.id } } })
    // the yes is told as what it was to, and not as one to the task
    const { explanation } = await house.people.lin.client.entries.why(Number(permit.context?.['entry']))
    const yes = explanation.sentences.filter(
      (sentence) => sentence.includes('said yes to') && sentence.includes('"It may"'),
    )
    expect(yes).toEqual([expect.stringContaining(` said yes to exactly this evaluation in ${token.taskId} at `)])
    expect(await evaluate(token, shown)).toMatchObject({
      decision: false,
      context: { reason: 'approval_expired', next_action: 'request', access_request: {} },
    })
    expect(told(await look(token, task?.id ?? '')).task?.status).toBe('approved')
  })

  it('keeps of the words of the asker as much as a person reads, whatever they are', async () => {
    const standing = await stand()
    const words = 'x'.repeat(100_001)
    const context = { ...standing.asked.context, business_justification: words }
    const { task } = told(await submit(standing.token, submission(standing, { context })))
    const { approval } = await house.people.lin.client.approvals.show(task?.id ?? '')
    expect(approval.asked['justification']).toMatch(/^x{2000}… \(100001 characters\)$/)
  })

  it('is told apart by its key: the same gives the same task, another body is refused', async () => {
    const standing = await stand()
    const body = submission(standing)
    const first = told(await submit(standing.token, body, 'key-a')).task?.id
    const again = await submit(standing.token, body, 'key-a')
    expect([again.status, told(again).task?.id]).toEqual([202, first])
    const other = { ...standing, asked: question(standing.token.taskId, { context: {} }) }
    const denied = await evaluate(standing.token, other.asked)
    const reused = await submit(standing.token, submission({ asked: other.asked, denied }), 'key-a')
    expect([reused.status, told(reused).type]).toEqual([
      409,
      'urn:openid:authzen:access-request:error:duplicate_request',
    ])
    for (const key of [undefined, 'key-b']) {
      const twice = await submit(standing.token, body, key)
      expect([twice.status, twice.json.code]).toEqual([409, 'duplicate_request'])
    }
  })

  it('is put once by thirty at once', async () => {
    const standing = await stand()
    const heard = await Promise.all(Array.from({ length: 30 }, () => submit(standing.token, submission(standing), 'k')))
    expect(new Set(heard.map((each) => each.status))).toEqual(new Set([202]))
    expect(new Set(heard.map((each) => told(each).task?.id)).size).toBe(1)
    const { approvals } = await house.people.lin.client.approvals.list({ state: 'pending' })
    expect(approvals.filter((row) => row.subjectId === standing.token.taskId)).toHaveLength(1)
  })

  it('is taken back, and not approved afterwards', async () => {
    const standing = await stand()
    const id = told(await submit(standing.token, submission(standing))).task?.id ?? ''
    const cancelled = await cancel(standing.token, id)
    expect([cancelled.status, told(cancelled).task?.status]).toEqual([200, 'cancelled'])
    const twice = await cancel(standing.token, id)
    expect([twice.status, told(twice).type]).toEqual([
      409,
      'urn:openid:authzen:access-request:error:invalid_task_state',
    ])
    await expect(approve(id)).rejects.toMatchObject({ code: 'approval_closed' })
    const shown = { ...standing.asked, context: { ...standing.asked.context, approval: { id } } }
    expect(await evaluate(standing.token, shown)).toMatchObject({ decision: false })
  })

  it('of a person is not approved by that person', async () => {
    const standing = await stand()
    const { lin } = house.people
    const denied = await evaluate({ value: lin.session }, standing.asked)
    const id = told(await submit({ value: lin.session }, submission({ asked: standing.asked, denied }))).task?.id ?? ''
    await expect(approve(id)).rejects.toMatchObject({ code: 'self_approval' })
    await house.people.grace.client.approvals.vote(id, 'approve', 'It may')
    expect(told(await look(standing.token, id)).task?.status).toBe('approved')
  })

  it('is denied like any question', async () => {
    const standing = await stand()
    const id = told(await submit(standing.token, submission(standing))).task?.id ?? ''
    await house.people.lin.client.approvals.vote(id, 'deny', 'Not today')
    expect(told(await look(standing.token, id))).toMatchObject({
      task: { status: 'denied', 'dev.remit/denied': { reason: 'Not today' } },
    })
    expect(told(await look(standing.token, id)).result).toBeUndefined()
  })

  it('can propose an envelope, which counts only once a person gives it', async () => {
    const standing = await stand()
    const terms = [{ name: 'head', atMost: 10 }]
    const envelope = { usesMax: 2, lifeSeconds: 600, terms, resources: ['docs:public/*'], total: null }
    const body = submission(standing, { requested_access: { 'dev.remit/envelope': envelope } })
    const id = told(await submit(standing.token, body)).task?.id ?? ''
    const { lin } = house.people
    const { proposed } = (await lin.client.approvals.show(id)).approval
    expect(proposed).toEqual(envelope)
    await lin.client.approvals.vote(id, 'approve', 'Twice', proposed)
    const other = (head: number): object => ({
      ...standing.asked,
      action: { name: 'docs/read_text_file', properties: { head } },
      context: { ticket: 'DOC-1', approval: { id } },
    })
    expect(await evaluate(standing.token, other(11))).toMatchObject({
      decision: false,
      context: { reason: 'out_of_scope', next_action: 'request' },
    })
    expect(await evaluate(standing.token, other(9))).toMatchObject({ decision: true })
    expect(await evaluate(standing.token, other(1))).toMatchObject({ decision: true })
    expect(await evaluate(standing.token, other(1))).toMatchObject({ decision: false })
  })
})

describe('a request for access is refused', () => {
  const rows: readonly (readonly [string, (standing: Standing) => Members, number, string])[] = [
    [
      'about another resource',
      (s) => submission(s, { resource: { type: 'docs', id: 'a' } }),
      400,
      'invalid_denial_binding',
    ],
    [
      'about another argument',
      (s) => submission(s, { action: { name: 'docs/read_text_file', properties: { head: 300 } } }),
      400,
      'invalid_denial_binding',
    ],
    ['about another context', (s) => submission(s, { context: { ticket: 'X' } }), 400, 'invalid_denial_binding'],
    ['without its context', (s) => submission(s, { context: {} }), 400, 'invalid_denial_binding'],
    ['about no evaluation', (s) => submission(s, { denial: { evaluation_id: '0' } }), 400, 'invalid_denial_binding'],
    ['about one to come', (s) => submission(s, { denial: { evaluation_id: '999999' } }), 400, 'invalid_denial_binding'],
    ['about no number', (s) => submission(s, { denial: { evaluation_id: '1e3' } }), 400, 'invalid_denial_binding'],
    ['without a denial', (s) => ({ ...submission(s), denial: undefined }), 400, 'request_invalid'],
    ['without what binds it', (s) => ({ ...submission(s), denial: {} }), 400, 'invalid_denial_binding'],
  ]
  it.each(rows)('%s', async (_, body, status, code) => {
    const standing = await stand()
    const heard = await submit(standing.token, body(standing))
    expect([heard.status, heard.json.code]).toEqual([status, code])
    expect(heard.headers.get('content-type')).toContain('application/problem+json')
  })

  it('where the denial was for something else, or a yes would change nothing any more', async () => {
    const standing = await stand()
    const asked = question(standing.token.taskId, {
      resource: { type: 'docs', id: 'internal/x' },
      action: { name: 'write' },
    })
    const denied = await evaluate(standing.token, asked)
    expect(denied.context?.access_request).toBeUndefined()
    const entry = String(denied.context?.['entry'])
    const heard = await submit(standing.token, submission({ asked, denied }, { denial: { evaluation_id: entry } }))
    expect([heard.status, told(heard).type]).toEqual([400, 'urn:openid:authzen:access-request:error:not_requestable'])
  })

  it('of somebody else, who sees nothing of it either', async () => {
    const standing = await stand()
    const stranger = makeSummariser(house, `stranger-${standing.token.taskId.slice(-4)}`)
    await register(house, stranger)
    const theirs = await stranger.agent.apiToken(await openTask(house, stranger))
    const heard = await submit(theirs, submission(standing))
    expect(heard.status).toBe(400)
    const id = told(await submit(standing.token, submission(standing))).task?.id ?? ''
    for (const each of [await look(theirs, id), await cancel(theirs, id), await look(theirs, 'apr_none')])
      expect([each.status, told(each).type]).toEqual([404, 'urn:openid:authzen:access-request:error:unknown_task'])
  })
})

describe('an approval that is shown', () => {
  it('lets one of twenty through that show it at once', async () => {
    const standing = await stand()
    const approval = await approved(standing)
    const shown = { ...standing.asked, context: { ...standing.asked.context, approval } }
    const answers = await Promise.all(Array.from({ length: 20 }, () => evaluate(standing.token, shown)))
    expect(answers.filter(({ decision }) => decision === true)).toHaveLength(1)
  })

  it('counts nowhere for another task, another argument, another resource, or by a made-up id', async () => {
    const standing = await stand()
    const approval = await approved(standing)
    const other = await stand()
    const tries: readonly [AccessToken, object, string][] = [
      [other.token, { ...other.asked, context: { ticket: 'DOC-1', approval } }, 'approval_unverifiable'],
      [
        standing.token,
        {
          ...standing.asked,
          action: { name: 'docs/read_text_file', properties: { head: 4 } },
          context: { ticket: 'DOC-1', approval },
        },
        'out_of_scope',
      ],
      [standing.token, { ...standing.asked, context: { ticket: 'DOC-2', approval } }, 'out_of_scope'],
      [
        standing.token,
        { ...standing.asked, context: { ticket: 'DOC-1', approval: { id: 'apr_x' } } },
        'approval_unverifiable',
      ],
    ]
    for (const [token, body, reason] of tries)
      expect(await evaluate(token, body)).toMatchObject({ decision: false, context: { reason } })
    for (const odd of [7, 'x', null, {}, { id: 7 }, []])
      expect(
        await evaluate(standing.token, { ...standing.asked, context: { ticket: 'DOC-1', approval: odd } }),
      ).toMatchObject({
        decision: false,
      })
  })

  it('is not used up by a person who asks, and permits nothing to one', async () => {
    const standing = await stand()
    const approval = await approved(standing)
    const shown = { ...standing.asked, context: { ...standing.asked.context, approval } }
    expect(await evaluate({ value: house.people.ada.session }, shown)).toMatchObject({ decision: false })
    expect(await evaluate(standing.token, shown)).toMatchObject({ decision: true })
  })

  it('does not help where the laws say no by now', async () => {
    const standing = await stand()
    const approval = await approved(standing)
    await house.people.ada.client.catalogue.classifyResource({ pattern: 'docs:public/*', sensitivity: 'restricted' })
    const shown = { ...standing.asked, context: { ...standing.asked.context, approval } }
    expect(await evaluate(standing.token, shown)).toMatchObject({
      decision: false,
      context: { code: 'ceiling_exceeded', reason: 'policy_denied', next_action: 'none' },
    })
    await furnish(house)
  })
})

describe('a denial that is too old', () => {
  afterAll(() => void vi.restoreAllMocks())

  // the last one: the log does not go back in time
  it('is no ground to ask on', async () => {
    const { asked } = await stand()
    const lin = { value: house.people.lin.session }
    const denied = await evaluate(lin, asked)
    const endsMs = Date.parse(String(denied.context?.access_request?.['expires_at']))
    const aheadMs = endsMs - Date.now()
    const realNow = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs + 1)
    const late = await submit(lin, submission({ asked, denied }))
    expect([late.status, told(late).type]).toEqual([410, 'urn:openid:authzen:access-request:error:expired_denial'])
  })
})
