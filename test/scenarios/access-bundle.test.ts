import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Heard } from '../attacks/intruder.ts'
import type { House } from '../house.ts'
import {
  approve,
  cancel,
  evaluate,
  look,
  type Members,
  openAsking,
  question,
  type Standing,
  stand,
  submit,
} from './asking.ts'

let house: House

beforeAll(async () => {
  house = await openAsking()
})
afterAll(async () => void (await house.end()))

interface Item {
  readonly status: string
  readonly 'dev.remit/denied'?: Members
  readonly resource: Members
  readonly action: Members
  readonly result?: { readonly mode: string; readonly approval: Members & { readonly id: string } }
}
interface Bundled {
  readonly task: {
    readonly id: string
    readonly status: string
    readonly items: readonly Item[]
    readonly progress: Members
  }
  readonly result?: unknown
}
const read = (heard: Heard): Bundled => heard.json as unknown as Bundled

const documents = ['a', 'b', 'c'] as const

interface Bundle {
  readonly standing: Standing
  readonly body: Members
  readonly asked: readonly ReturnType<typeof question>[]
}

/** Has three evaluations denied in one task, and gives the request about all of them. */
async function gather(): Promise<Bundle> {
  const standing = await stand()
  const { token } = standing
  const asked = documents.map((name) => question(token.taskId, { resource: { type: 'docs', id: `public/${name}.md` } }))
  const denials: object[] = []
  for (const each of asked) {
    const { context } = await evaluate(token, each)
    denials.push({ evaluation_id: context?.evaluation_id, binding_token: context?.access_request?.['binding_token'] })
  }
  const items = asked.map(({ resource, action }, at) => ({ resource, action, denial: denials[at] }))
  return { standing, asked, body: { subject: standing.asked.subject, context: standing.asked.context, items } }
}

const itemsOf = ({ body }: Bundle): readonly Members[] => body['items'] as readonly Members[]
const pendingOf = async ({ standing }: Bundle): Promise<readonly string[]> => {
  const { approvals } = await house.people.lin.client.approvals.list({ state: 'pending' })
  return approvals.filter((row) => row.subjectId === standing.token.taskId).map((row) => row.id)
}
const idsOf = async (bundle: Bundle): Promise<readonly string[]> => {
  const { approvals } = await house.people.lin.client.approvals.list()
  const mine = approvals.filter((row) => row.subjectId === bundle.standing.token.taskId)
  return mine.toSorted((a, b) => (a.request?.bundle?.at ?? 0) - (b.request?.bundle?.at ?? 0)).map((row) => row.id)
}

describe('several denials in one request', () => {
  it('are one task with an item each, which people answer one by one', async () => {
    const bundle = await gather()
    const { token } = bundle.standing
    const first = await submit(token, bundle.body, 'bundle-1')
    expect(first.status).toBe(202)
    const { task, result } = read(first)
    expect(task).toMatchObject({ status: 'pending', progress: { current_step: 1, total_steps: 3 } })
    expect(result).toBeUndefined()
    expect(task.items).toEqual(
      bundle.asked.map(({ resource, action }) => ({
        resource,
        action,
        status: 'pending',
      })),
    )
    const [one = '', two = '', three = ''] = await idsOf(bundle)
    expect(one).toBe(task.id)
    expect((await house.people.lin.client.approvals.show(two)).approval.asked['askedTogether']).toBe('2 of 3')
    await approve(one)
    const part = read(await look(token, task.id)).task
    expect([part.status, ...part.items.map(({ status }) => status)]).toEqual([
      'pending',
      'approved',
      'pending',
      'pending',
    ])
    await house.people.lin.client.approvals.vote(two, 'deny', 'Not that one')
    await approve(three)
    const seen = read(await look(token, task.id))
    expect(seen.task).toMatchObject({ status: 'partial' })
    expect(seen.result).toBeUndefined()
    expect(seen.task.items.map(({ status, result: each }) => [status, each?.approval.id])).toEqual([
      ['approved', one],
      ['denied', undefined],
      ['approved', three],
    ])
    expect(seen.task.items.map((item) => item['dev.remit/denied']?.['reason'])).toEqual([
      undefined,
      'Not that one',
      undefined,
    ])
    for (const [at, decision] of [true, false, true].entries()) {
      const approval = seen.task.items[at]?.result?.approval ?? { id: two }
      const context = { ...bundle.standing.asked.context, approval }
      expect((await evaluate(token, { ...bundle.asked[at], context })).decision).toBe(decision)
    }
    const closed = await cancel(token, task.id)
    expect([closed.status, closed.json.code]).toEqual([409, 'invalid_task_state'])
  })

  it('wish for an end and for haste each by itself, where it says so', async () => {
    const bundle = await gather()
    const [later, latest] = [Date.now() + 86_400_000, Date.now() + 2 * 86_400_000]
    const until = (atMs: number): Members => ({ requested_until: new Date(atMs).toISOString() })
    const [one, two, three] = itemsOf(bundle)
    const items = [{ ...one, requested_access: { ...until(latest), emergency: true } }, two, three]
    await submit(bundle.standing.token, { ...bundle.body, items, requested_access: until(later) })
    const shown = (await idsOf(bundle)).map((id) => house.people.lin.client.approvals.show(id))
    const wishes = (await Promise.all(shown)).map(({ approval: { asked } }) => asked)
    expect(wishes.map(({ requestedUntilMs, emergency }) => [requestedUntilMs, emergency])).toEqual([
      [latest, true],
      [later, undefined],
      [later, undefined],
    ])
  })

  it('are refused where one wishes for an end that has passed, and the answer says which', async () => {
    const bundle = await gather()
    const past = { requested_until: '2020-01-01T00:00:00Z' }
    const items = itemsOf(bundle).map((item, at) => (at === 1 ? { ...item, requested_access: past } : item))
    const { status, json, text } = await submit(bundle.standing.token, { ...bundle.body, items })
    expect([status, json.code]).toEqual([400, 'request_invalid'])
    expect(text).toContain('"detail":"Item 2 of 3: Its requested_until has passed."')
    expect(await pendingOf(bundle)).toEqual([])
  })

  it('say what all of them are where they are the same', async () => {
    const bundle = await gather()
    const { token } = bundle.standing
    const { id } = read(await submit(token, bundle.body)).task
    for (const each of await pendingOf(bundle)) await approve(each)
    expect(read(await look(token, id)).task.status).toBe('approved')
  })

  it('are taken back together, as far as nobody has answered', async () => {
    const bundle = await gather()
    const { token } = bundle.standing
    const { id } = read(await submit(token, bundle.body)).task
    await approve(id)
    const { task } = read(await cancel(token, id))
    expect([task.status, ...task.items.map(({ status }) => status)]).toEqual([
      'partial',
      'approved',
      'cancelled',
      'cancelled',
    ])
    expect(await pendingOf(bundle)).toEqual([])
  })

  it('are put once by twenty that send them at once with one key', async () => {
    const bundle = await gather()
    const { token } = bundle.standing
    const heard = await Promise.all(Array.from({ length: 20 }, () => submit(token, bundle.body, 'all')))
    expect(new Set(heard.map(({ status }) => status))).toEqual(new Set([202]))
    expect(new Set(heard.map((each) => read(each).task.id)).size).toBe(1)
    expect(await pendingOf(bundle)).toHaveLength(3)
    const again = read(await submit(token, bundle.body, 'all')).task
    expect(again.items.map(({ status }) => status)).toEqual(['pending', 'pending', 'pending'])
  })

  it('are another submission with one item less, whatever the key', async () => {
    const bundle = await gather()
    const { token } = bundle.standing
    await submit(token, bundle.body, 'key')
    const fewer = await submit(token, { ...bundle.body, items: itemsOf(bundle).slice(1) }, 'key')
    expect([fewer.status, fewer.json.code]).toEqual([409, 'duplicate_request'])
  })

  it('can be one, and carry what is wished for each', async () => {
    const bundle = await gather()
    const { token } = bundle.standing
    const envelope = { usesMax: 2, lifeSeconds: 60, terms: [], resources: [], total: null }
    const other = { ...envelope, usesMax: 4 }
    const [item] = itemsOf(bundle)
    const body = {
      ...bundle.body,
      items: [{ ...item, requested_access: { 'dev.remit/envelope': other } }],
      requested_access: { 'dev.remit/envelope': envelope },
    }
    const { task } = read(await submit(token, body))
    expect(task.items).toHaveLength(1)
    expect((await house.people.lin.client.approvals.show(task.id)).approval.proposed?.usesMax).toBe(4)
  })

  it('are not to be read by the id of a later one, nor by anybody else', async () => {
    const bundle = await gather()
    const { token } = bundle.standing
    const { id } = read(await submit(token, bundle.body)).task
    const [, two = ''] = await idsOf(bundle)
    expect((await look(token, two)).status).toBe(404)
    const stranger = await stand()
    // the same identity carries on in another of its tasks
    expect((await look(stranger.token, id)).status).toBe(200)
  })
})

interface Fault {
  readonly at: number
  readonly code: string
  readonly entry?: number
}
const faultsOf = (heard: Heard): readonly Fault[] =>
  (heard.json as unknown as { readonly facts: { readonly items: readonly Fault[] } }).facts.items

describe('several denials in one request are refused whole', () => {
  const rows: readonly (readonly [string, (bundle: Bundle) => Members, number, string])[] = [
    ['without any', ({ body }) => ({ ...body, items: [] }), 400, 'request_invalid'],
    ['beside one more', ({ body, asked }) => ({ ...body, ...asked[0] }), 400, 'request_invalid'],
    [
      'where there are more than twenty',
      (bundle) => ({ ...bundle.body, items: Array.from({ length: 21 }, () => itemsOf(bundle)[0]) }),
      400,
      'request_invalid',
    ],
    [
      'where one stands there twice',
      (bundle) => ({ ...bundle.body, items: [itemsOf(bundle)[0], itemsOf(bundle)[0]] }),
      400,
      'request_invalid',
    ],
    [
      'where one has no denial, and none is of all',
      (bundle) => ({
        ...bundle.body,
        items: itemsOf(bundle).map((item, at) => (at === 1 ? { ...item, denial: undefined } : item)),
      }),
      400,
      'request_invalid',
    ],
    [
      'where one denial is said to be of all',
      (bundle) => ({
        ...bundle.body,
        denial: itemsOf(bundle)[0]?.['denial'],
        items: itemsOf(bundle).map((item) => ({ ...item, denial: undefined })),
      }),
      400,
      'invalid_denial_binding',
    ],
    [
      'where one is about something else',
      (bundle) => ({
        ...bundle.body,
        items: itemsOf(bundle).map((item, at) => (at === 2 ? { ...item, resource: { type: 'docs', id: 'x' } } : item)),
      }),
      400,
      'invalid_denial_binding',
    ],
    [
      'where they are more than is kept',
      (bundle) => ({
        ...bundle.body,
        items: itemsOf(bundle).map((item) => ({
          ...item,
          resource: { type: 'docs', id: 'x', properties: { note: 'n'.repeat(20_000) } },
        })),
      }),
      400,
      'request_invalid',
    ],
  ]
  it.each(rows)('%s', async (_, change, status, code) => {
    const bundle = await gather()
    const heard = await submit(bundle.standing.token, change(bundle))
    expect([heard.status, heard.json.code]).toEqual([status, code])
    expect(await pendingOf(bundle)).toEqual([])
  })

  it('where one is of another task', async () => {
    const [bundle, other] = [await gather(), await gather()]
    const items = [itemsOf(bundle)[0], itemsOf(other)[1]]
    const heard = await submit(bundle.standing.token, { ...bundle.body, items })
    expect([heard.status, heard.json.code]).toEqual([400, 'invalid_denial_binding'])
  })

  it('where people are asked about one of them already', async () => {
    const bundle = await gather()
    const { token } = bundle.standing
    await submit(token, { ...bundle.body, items: [itemsOf(bundle)[2]] })
    const heard = await submit(token, bundle.body)
    expect([heard.status, heard.json.code]).toEqual([409, 'duplicate_request'])
    expect(await pendingOf(bundle)).toHaveLength(1)
  })

  it('where a yes would change nothing of one by now', async () => {
    const bundle = await gather()
    await house.people.ada.client.catalogue.classifyResource({ pattern: 'docs:public/c.md', sensitivity: 'restricted' })
    const heard = await submit(bundle.standing.token, bundle.body)
    expect([heard.status, heard.json.code]).toEqual([400, 'not_requestable'])
    expect(heard.text).toMatch(/"detail":"Item 3 of 3: /)
    const [fault, ...more] = faultsOf(heard)
    expect([fault?.at, fault?.code, more]).toEqual([2, 'not_requestable', []])
    const { explanation } = await house.people.lin.client.entries.why(fault?.entry ?? 0)
    expect([explanation['outcome'], JSON.stringify(explanation)]).toEqual([
      'denial',
      expect.stringContaining('ceiling'),
    ])
    expect(await pendingOf(bundle)).toEqual([])
    await house.people.ada.client.catalogue.classifyResource({ pattern: 'docs:public/c.md', sensitivity: 'public' })
  })

  it('with a denial on record of each that no yes would change', async () => {
    const bundle = await gather()
    await house.people.ada.client.catalogue.classifyResource({ pattern: 'docs:public/*', sensitivity: 'restricted' })
    const heard = await submit(bundle.standing.token, bundle.body)
    const faults = faultsOf(heard)
    expect(faults.map(({ at, code }) => [at, code])).toEqual([0, 1].map((at) => [at, 'not_requestable']))
    expect(new Set(faults.map(({ entry }) => entry)).size).toBe(2)
    expect(heard.json.entry).toBe(faults[0]?.entry)
    await house.people.ada.client.catalogue.classifyResource({ pattern: 'docs:public/*', sensitivity: 'public' })
  })

  it('each with its own reason', async () => {
    const bundle = await gather()
    const { token } = bundle.standing
    const [one, , three] = itemsOf(bundle)
    await submit(token, { ...bundle.body, items: [three] })
    const items = [
      { ...one, resource: { type: 'docs', id: 'x' } },
      itemsOf(bundle)[1],
      { ...three, denial: { evaluation_id: '0' } },
    ]
    const bound = await submit(token, { ...bundle.body, items })
    expect(faultsOf(bound).map(({ at, code }) => [at, code])).toEqual([
      [0, 'invalid_denial_binding'],
      [2, 'invalid_denial_binding'],
    ])
    expect(bound.text).toMatch(/"detail":"Item 1 of 3: .* Item 3 of 3: No evaluation of this id was denied/)
    const twice = await submit(token, bundle.body)
    const [open] = await pendingOf(bundle)
    expect(faultsOf(twice)).toMatchObject([{ at: 2, code: 'duplicate_request', task: open }])
  })

  it('where more would be open than people are asked at a time, and none is left open', async () => {
    const bundle = await gather()
    const { token } = bundle.standing
    for (let at = 0; at < 18; at++) {
      const asked = question(token.taskId, { resource: { type: 'docs', id: `public/more-${at}.md` } })
      const { context } = await evaluate(token, asked)
      expect((await submit(token, { ...asked, denial: { evaluation_id: context?.evaluation_id } })).status).toBe(202)
    }
    const before = await pendingOf(bundle)
    const heard = await submit(token, bundle.body)
    expect([heard.status, heard.json.code]).toEqual([429, 'rate_limited'])
    expect(await pendingOf(bundle)).toEqual(before)
  })
})
