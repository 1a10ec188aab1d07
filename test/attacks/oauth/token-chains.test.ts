import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EntitlementDraft } from '../../../sdk/answers.ts'
import { type AcrossCast, castAcross, ZOE } from '../../across/cast.ts'
import { claimsOf, EXCHANGE, typeOf } from '../../scenarios/acting.ts'
import { type Actor, letAct, makeSummariser, register } from '../../scenarios/cast.ts'
import { send } from '../intruder.ts'

const NAMES = ['one', 'two', 'three'] as const
type Name = (typeof NAMES)[number]
const PATTERNS = ['docs:*', 'docs:public/*', 'docs:public/a/*', 'docs:internal/*'] as const
const CEILINGS = ['public', 'internal'] as const
type Ceiling = (typeof CEILINGS)[number]

/** What somebody may at most: of resources, and how sensitive they may be. */
interface Bound {
  readonly pattern: string
  readonly ceiling: Ceiling
}

/** What each identity is entitled to, and what Zoe may do herself. */
const ENTITLED: Readonly<Record<Name, Bound>> = {
  one: { pattern: 'docs:*', ceiling: 'internal' },
  two: { pattern: 'docs:public/*', ceiling: 'internal' },
  three: { pattern: 'docs:*', ceiling: 'public' },
}
const HERS: Bound = { pattern: 'docs:public/*', ceiling: 'internal' }

const fits = (inner: Bound, outer: Bound): boolean =>
  inner.pattern.startsWith(outer.pattern.slice(0, -1)) &&
  CEILINGS.indexOf(inner.ceiling) <= CEILINGS.indexOf(outer.ceiling)

/** Somebody lets somebody else act. */
interface Leave extends Bound {
  readonly id: string
  isOver: boolean
}

/** A token that somebody got, and all that it came of. */
interface Held extends Bound {
  readonly value: string
  readonly taskId: string
  readonly chain: readonly Name[]
  readonly parent: Held | null
  readonly leave: Leave | null
  isOver: boolean
}

/** One thing that somebody does; `p`, `q` and `r` say who, with whom and with what. */
type Step = readonly [verb: keyof typeof VERBS, p: number, q: number, r: number]

/** What has happened so far, as somebody sees it who has the answers of the house and nothing else. */
interface Story {
  readonly held: Held[]
  readonly grants: Map<string, Leave>
  readonly lettings: Map<string, Leave>
}

const at = <T>(rows: readonly T[], index: number): T | undefined => rows[index % Math.max(1, rows.length)]
const lives = (held: Held): boolean =>
  !held.isOver && held.leave?.isOver !== true && (held.parent === null || lives(held.parent))

let cast: AcrossCast
const actors = new Map<string, Actor>()
const ids = new Map<string, string>()

beforeAll(async () => {
  cast = await castAcross()
  for (const name of NAMES) {
    const plain = makeSummariser(cast.house, name)
    const { pattern, ceiling } = ENTITLED[name]
    const scope = [{ action: 'docs/read_text_file', resource: pattern }]
    const entitlement = { ...plain.entitlements[0], scope, ceiling } as EntitlementDraft
    const actor = { ...plain, entitlements: [entitlement] }
    actors.set(name, actor)
    ids.set(name, await register(cast.house, actor))
  }
})
afterAll(async () => {
  await cast.end()
})

const boundOf = (p: number, q: number): Bound => ({
  pattern: at(PATTERNS, p) ?? 'docs:*',
  ceiling: at(CEILINGS, q) ?? 'public',
})

/** A part ends a while before what it comes of. */
const wishOf = ({ pattern, ceiling }: Bound, hops: number): string =>
  JSON.stringify([
    {
      type: 'urn:remit:task-wish',
      goal: 'Read it',
      scope: [{ action: 'docs/read_text_file', resource: pattern }],
      ceiling,
      budget: { callsMax: 3, writesMax: 0, bytesMax: 10_000 },
      life_seconds: 900 - hops * 200,
    },
  ])

async function exchange(form: Readonly<Record<string, string>>): Promise<string | undefined> {
  const body = new URLSearchParams({ grant_type: EXCHANGE, resource: cast.house.url, ...form })
  return (await send(cast.house, '/oauth/token', { method: 'POST', body })).json.access_token
}

const hold = (value: string, more: Omit<Held, 'value' | 'taskId' | 'isOver'>): Held => {
  const [details] = claimsOf(value)['authorization_details'] as readonly { readonly task_id: string }[]
  return { value, taskId: details?.task_id ?? '', isOver: false, ...more }
}

const VERBS = {
  grant: async ({ grants }, p, q, r) => {
    const [from, to] = [at(NAMES, p) ?? 'one', at(NAMES, q) ?? 'two']
    const key = `${from} ${to}`
    const bound = boundOf(r, q)
    if (from === to || grants.get(key)?.isOver === false) return
    const id = await letAct(cast.house, from, to, {
      scope: [{ action: 'docs/*', resource: bound.pattern }],
      ceiling: bound.ceiling,
    })
    grants.set(key, { ...bound, id, isOver: false })
  },
  endGrant: async ({ grants }, p) => {
    const [key, grant] = at([...grants], p) ?? []
    if (key === undefined || grant === undefined || grant.isOver) return
    await cast.house.people.ada.client.delegations.end(key.split(' ')[0] ?? '', grant.id, 'It is over')
    grant.isOver = true
  },
  let: async ({ lettings }, p, q, r) => {
    const name = at(NAMES, p) ?? 'one'
    const bound = boundOf(q, r)
    if (lettings.get(name)?.isOver === false) return
    const scope = [{ action: 'docs/*', resource: bound.pattern }]
    const letting = {
      classes: ['read'],
      ceiling: bound.ceiling,
      depthMax: 2,
      reason: 'It reads to me',
      days: 7,
    } as const
    const { grant } = await cast.zoe.client.acting.let({ to: name, scope, ...letting })
    lettings.set(name, { ...bound, id: grant.id, isOver: false })
  },
  unlet: async ({ lettings }, p) => {
    const letting = at([...lettings.values()], p)
    if (letting === undefined || letting.isOver) return
    await cast.zoe.client.acting.endLet(letting.id, 'It is enough')
    letting.isOver = true
  },
  open: async ({ held }, p, q, r) => {
    const name = at(NAMES, p) ?? 'one'
    const { agent, task } = actors.get(name) as Actor
    const bound = boundOf(q, r)
    const scope = [{ action: 'docs/read_text_file', resource: bound.pattern }]
    const opened = await agent.openTask({ ...task, scope, ceiling: bound.ceiling }).catch(() => undefined)
    deepEqual([bound, opened !== undefined], [bound, fits(bound, ENTITLED[name])])
    if (opened === undefined) return
    const { value } = await agent.exchange(opened.task.id, cast.house.url)
    held.push(hold(value, { ...bound, chain: [name], parent: null, leave: null }))
  },
  behalf: async ({ held, lettings }, p, q, r) => {
    const name = at(NAMES, p) ?? 'one'
    const bound = boundOf(q, r)
    const value = await exchange({
      subject_token: await cast.idp.mint({ sub: ZOE, aud: cast.house.url }),
      subject_token_type: typeOf('id_token'),
      actor_token: await (actors.get(name) as Actor).assertion(),
      actor_token_type: typeOf('jwt'),
      authorization_details: wishOf(bound, 0),
    })
    const letting = lettings.get(name)
    const may = letting?.isOver === false && [letting, ENTITLED[name], HERS].every((outer) => fits(bound, outer))
    deepEqual([name, bound, value !== undefined], [name, bound, may])
    if (value === undefined || letting === undefined) return
    held.push(hold(value, { ...bound, chain: [name], parent: null, leave: letting }))
  },
  take: async ({ held, grants }, p, q, r) => {
    const parent = at(held, p)
    const name = at(NAMES, q) ?? 'one'
    if (parent === undefined) return
    const bound = boundOf(r, p)
    const value = await exchange({
      subject_token: parent.value,
      subject_token_type: typeOf('access_token'),
      actor_token: await (actors.get(name) as Actor).assertion(),
      actor_token_type: typeOf('jwt'),
      authorization_details: wishOf(bound, parent.chain.length),
    })
    if (value === undefined) return
    // whoever got it was let to, by somebody whose token counts, and got no more than any above has
    const grant = grants.get(`${parent.chain.at(-1)} ${name}`)
    equal(lives(parent) && grant?.isOver === false && !parent.chain.includes(name), true)
    for (const outer of [grant, ENTITLED[name], parent]) equal(fits(bound, outer as Bound), true)
    const chain = [...parent.chain, name]
    const told = claimsOf(value)['chain'] as readonly { readonly name: string }[]
    deepEqual(
      told.map((link) => link.name),
      chain,
    )
    held.push(hold(value, { ...bound, chain, parent, leave: grant ?? null }))
  },
  revoke: async ({ held }, p) => {
    const one = at(held, p)
    if (one === undefined) return
    await cast.house.people.sam.client.tokens.revoke(one.value)
    one.isOver = true
  },
  complete: async ({ held }, p) => {
    const one = at(held, p)
    if (one === undefined) return
    const headers = { authorization: `Bearer ${one.value}`, 'content-type': 'application/json' }
    const path = `/api/v1/tasks/${one.taskId}/complete`
    const { status } = await send(cast.house, path, { method: 'POST', headers, body: '{}' })
    equal(status === 200, lives(one))
    one.isOver = true
  },
} as const satisfies Record<string, (story: Story, p: number, q: number, r: number) => Promise<void>>

const index = fc.nat({ max: 11 })
const verbs = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('open', 'behalf', 'take', 'take') },
  { weight: 3, arbitrary: fc.constantFrom('grant', 'let') },
  { weight: 2, arbitrary: fc.constantFrom('endGrant', 'unlet', 'revoke', 'complete') },
)
const steps = fc.array(fc.tuple(verbs, index, index, index), { minLength: 10, maxLength: 25 })

/** A chain of three, of which each kind of thing falls in turn. */
const WHOLE: readonly Step[] = [
  ['open', 0, 0, 1],
  ['open', 0, 1, 0],
  ['take', 0, 1, 1],
  ['take', 2, 2, 1],
  ['behalf', 0, 1, 0],
  ['revoke', 2, 0, 0],
  ['endGrant', 0, 0, 0],
  ['unlet', 0, 0, 0],
  ['grant', 0, 1, 0],
  ['let', 0, 0, 1],
  ['complete', 0, 0, 0],
]

/** Everything that anybody was let stands at the beginning, so that long chains come about. */
async function begin(): Promise<Story> {
  const story: Story = { held: [], grants: new Map(), lettings: new Map() }
  for (const [p, q] of [
    [0, 1],
    [1, 2],
    [0, 2],
  ] as const)
    await VERBS.grant(story, p, q, 0)
  await VERBS.let(story, 0, 0, 1)
  return story
}

async function end({ grants, lettings }: Story): Promise<void> {
  const [held, none]: [Held[], Story['grants']] = [[], new Map()]
  for (const each of grants) await VERBS.endGrant({ held, lettings: none, grants: new Map([each]) }, 0)
  for (const each of lettings) await VERBS.unlet({ held, grants: none, lettings: new Map([each]) }, 0)
}

async function play(todo: readonly Step[]): Promise<number> {
  const story = await begin()
  for (const [verb, p, q, r] of todo) {
    await VERBS[verb](story, p, q, r)
    const { tokens } = cast.house.people.lin.client
    const told = await Promise.all(story.held.map(({ value }) => tokens.introspect(value)))
    deepEqual(
      told.map(({ active }) => active),
      story.held.map(lives),
    )
  }
  await end(story)
  return Math.max(...story.held.map(({ chain }) => chain.length))
}

describe('tokens that come of tokens, at the doors of a house', () => {
  it('hold what all above hold, in a chain of three of which each kind of thing falls in turn', async () => {
    expect(await play(WHOLE)).toBe(3)
  })

  it('hold what all above hold, whatever is done in whatever order, and fall in that moment with whatever falls', async () => {
    const property = fc.asyncProperty(steps as fc.Arbitrary<Step[]>, async (todo) => void (await play(todo)))
    await expect(fc.assert(property, { numRuns: 3, endOnFailure: true })).resolves.toBeUndefined()
  }, 120_000)
})
