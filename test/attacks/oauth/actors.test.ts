import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProofKey } from '../../../sdk/dpop.ts'
import { type House, startHouse } from '../../house.ts'
import { actorForm, claimsOf, EXCHANGE, readingWish, typeOf } from '../../scenarios/acting.ts'
import { type Actor, furnish, letAct, makeReleaser, makeSummariser, openTask, register } from '../../scenarios/cast.ts'
import { forge, type Heard, send } from '../intruder.ts'

describe('who acts for whom, in an exchange with an actor', () => {
  let house: House
  let relay: Actor
  let helper: Actor
  let third: Actor
  let releaser: Actor
  let parent: string
  const ids = new Map<string, string>()

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    relay = makeSummariser(house, 'relay')
    helper = makeSummariser(house, 'helper')
    third = makeSummariser(house, 'third')
    releaser = await makeReleaser(house)
    for (const actor of [relay, helper, third, releaser]) ids.set(actor.name, await register(house, actor))
    await letAct(house, 'relay', 'helper')
    await letAct(house, 'helper', 'third')
    await letAct(house, 'release-agent', 'helper')
    parent = await openTask(house, relay)
  })
  afterAll(async () => {
    await house.end(60)
  })

  const ask = (form: Readonly<Record<string, string | undefined>>): Promise<Heard> => {
    const said = Object.entries({ grant_type: EXCHANGE, ...form }).filter((pair): pair is [string, string] => !!pair[1])
    return send(house, '/oauth/token', { method: 'POST', body: new URLSearchParams(said) })
  }
  const wish = (more: object): Record<string, string> => ({
    authorization_details: JSON.stringify([{ ...readingWish, ...more }]),
  })
  const subject = (): Promise<{ readonly value: string }> => relay.agent.apiToken(parent)
  const refused = async (form: Readonly<Record<string, string | undefined>>): Promise<readonly unknown[]> => {
    const heard = await ask(form)
    expect(heard.json.access_token).toBeUndefined()
    return [heard.status, heard.json.error, heard.json.code]
  }
  const tasksOf = async (name: string): Promise<number> =>
    (await house.people.lin.client.tasks.list({ identity: ids.get(name) ?? '' })).tasks.length

  it('is not swapped: a third party whom nobody let act gets nothing, and the no is on record', async () => {
    const before = await tasksOf('third')
    const heard = await ask(await actorForm(house, await subject(), third))
    expect([heard.status, heard.json.error]).toEqual([400, 'actor_unauthorized'])
    const { entry } = await house.people.lin.client.entries.show(heard.json.entry ?? -1)
    expect(entry).toMatchObject({ kind: 'decision.denial', data: { decision: 'delegation' } })
    expect(await tasksOf('third')).toBe(before)
  })

  it('is not the delegator itself, and nobody who is in the chain already', async () => {
    expect(await refused(await actorForm(house, await subject(), relay))).toEqual([
      400,
      'invalid_request',
      'chain_invalid',
    ])
    const root = await openTask(house, relay)
    const first = await ask(await actorForm(house, await relay.agent.apiToken(root), helper, { resource: house.url }))
    const again = await actorForm(house, { value: first.json.access_token ?? '' }, relay, wish({ life_seconds: 60 }))
    expect(await refused(again)).toEqual([400, 'invalid_request', 'chain_invalid'])
  })

  it('is not said by the actor: a chain in its own assertion is none', async () => {
    const chain = [{ identity: ids.get('release-agent'), name: 'release-agent', task: parent }]
    const jwt = await house.issuer.mint({ sub: 'workload:helper', aud: house.url, chain, may_act: { sub: 'ceo' } })
    const heard = await ask(await actorForm(house, await subject(), helper, { actor_token: jwt }))
    expect(claimsOf(heard.json.access_token ?? '')).toMatchObject({
      sub: ids.get('relay'),
      act: { iss: house.url, sub: ids.get('helper'), sub_profile: 'ai_agent' },
      chain: [{ name: 'relay' }, { name: 'helper' }],
    })
    expect(heard.text).not.toContain('ceo')
  })

  it('is nobody who acts for the workload of an assertion (act), on no way to a token', async () => {
    for (const act of [{ iss: house.issuer.url, sub: 'workload:third' }, { iss: house.url, sub: 'ceo' }, {}, null]) {
      const acted = (): Promise<string> => house.issuer.mint({ sub: 'workload:helper', aud: house.url, act })
      const at = { resource: `${house.url}/mcp/docs`, scope: 'read' }
      const client = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
      const ways = [
        await actorForm(house, await subject(), helper, { actor_token: await acted() }),
        { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: await acted(), ...at },
        { grant_type: 'client_credentials', client_assertion: await acted(), ...client, ...at },
      ]
      for (const form of ways) expect((await refused(form))[2]).toBe('assertion_claims')
    }
  })

  it('is not spliced, truncated or reordered: a chain that was changed in a token is no token', async () => {
    const root = await openTask(house, relay)
    const api = await relay.agent.apiToken(root)
    const middle = await ask(await actorForm(house, api, helper, { resource: house.url }))
    const token = middle.json.access_token ?? ''
    const claims = claimsOf(token)
    const chain = claims['chain'] as readonly object[]
    const forgeries = [
      forge(token, {}, { act: undefined, chain: chain.slice(0, 1), client_id: claims['sub'] }), // truncated
      forge(token, {}, { chain: [...chain].reverse(), sub: claims['client_id'], client_id: claims['sub'] }), // reordered
      forge(token, {}, { act: { ...(claims['act'] as object), act: { iss: house.url, sub: 'idn_other' } } }), // spliced
      forge(token, {}, { sub: ids.get('release-agent') }),
      `${token.split('.').slice(0, 2).join('.')}.${api.value.split('.')[2]}`,
    ]
    for (const value of forgeries)
      expect(await refused(await actorForm(house, { value }, third, wish({ life_seconds: 60 })))).toEqual([
        400,
        'invalid_request',
        'token_invalid',
      ])
  })

  it('is not taken from a token for another audience, nor from anything else that is no token of the house', async () => {
    const atServer = await relay.agent.exchange(parent, relay.agent.gatewayUrl('docs'))
    expect(await refused(await actorForm(house, atServer, helper))).toEqual([400, 'invalid_request', 'token_audience'])
    for (const value of [house.people.ada.session, await relay.assertion(), 'x.y.z', 'none'])
      expect(await refused(await actorForm(house, { value }, helper))).toEqual([
        400,
        'invalid_request',
        'token_invalid',
      ])
  })

  it('goes through this one way only: what was handed on is no proof without an actor, under any name', async () => {
    const delegated = await ask(
      await actorForm(house, await relay.agent.apiToken(await openTask(house, relay)), helper, { resource: house.url }),
    )
    const value = delegated.json.access_token ?? ''
    for (const name of ['access_token', 'jwt', 'id_token'] as const) {
      const heard = await ask({
        subject_token: value,
        subject_token_type: typeOf(name),
        resource: house.url,
        ...wish({}),
      })
      expect([heard.status, heard.json.access_token]).toEqual([400, undefined])
    }
    // and an actor is proved by what its platform says of it, not by a token of ours
    for (const name of ['jwt', 'id_token'] as const) {
      const form = { actor_token: value, actor_token_type: typeOf(name) }
      expect((await refused(await actorForm(house, await subject(), third, form)))[0]).toBe(400)
    }
  })

  it('counts once: the proof of an actor is spent, with a yes and with a no', async () => {
    const form = await actorForm(house, await subject(), helper)
    expect((await ask(form)).status).toBe(200)
    expect(await refused(form)).toEqual([400, 'invalid_request', 'assertion_replayed'])
    const denied = await actorForm(house, await subject(), helper, wish({ ceiling: 'restricted' }))
    expect((await ask(denied)).status).toBe(400)
    expect(await refused({ ...denied, ...wish({}) })).toEqual([400, 'invalid_request', 'assertion_replayed'])
    const form20 = await actorForm(house, await subject(), helper)
    const heard = await Promise.all(Array.from({ length: 20 }, () => ask(form20)))
    expect(heard.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it.each([
    [
      'a scope that its delegator has not',
      { scope: [{ action: 'docs/read_text_file', resource: '*' }] },
      'scope_exceeded',
    ],
    ['more sensitive data', { ceiling: 'confidential' }, 'ceiling_exceeded'],
    ['a longer life', { life_seconds: 7_200 }, 'end_exceeded'],
    ['more calls', { budget: { callsMax: 1_000, writesMax: 0, bytesMax: 1 } }, 'budget_exceeded'],
    ['a purpose of its own', { purpose: 'publish' }, 'details_invalid'],
    ['a member that nobody knows', { until: 'always' }, 'details_invalid'],
    ['another type', { type: 'urn:remit:task' }, 'details_invalid'],
    ['a type that nobody knows', { type: 'openid_credential' }, 'details_invalid'],
  ] as const)('is not given %s', async (_, more, code) => {
    const [status, error, said] = await refused(await actorForm(house, await subject(), helper, wish(more)))
    expect([status, said]).toEqual([400, code])
    expect(error === 'invalid_authorization_details').toBe(code === 'details_invalid')
  })

  it.each([
    ['no type of the actor', { actor_token_type: '' }],
    ['a type of actor that is no JWT', { actor_token_type: typeOf('access_token') }],
    ['a type of actor without an actor', { actor_token: '' }],
    [
      'a proof of the subject without an actor',
      { actor_token: '', actor_token_type: '', subject_token_proof: 'x.y.z' },
    ],
    ['a subject that proves a workload', { subject_token_type: typeOf('jwt') }],
    ['a client assertion as well', { client_assertion: 'x.y.z' }],
    ['another kind of token', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
  ] as const)('is refused with %s', async (_, more) => {
    expect(await refused(await actorForm(house, await subject(), helper, more))).toEqual([
      400,
      'invalid_request',
      'request_invalid',
    ])
  })

  it('is not handed on by whoever found a token that is bound to a key', async () => {
    const task = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
    const bound = await releaser.agent.apiToken(task)
    const other = await releaser.agent.apiToken(
      await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) }),
    )
    const url = `${house.url}/oauth/token`
    const [own, foreign] = [releaser.key, await createProofKey()]
    const shown = async (proof: string | undefined): Promise<readonly unknown[]> =>
      (
        await refused(await actorForm(house, bound, helper, proof === undefined ? {} : { subject_token_proof: proof }))
      ).slice(1)
    expect(await shown(undefined)).toEqual(['invalid_request', 'proof_missing'])
    expect(await shown(await foreign.prove('POST', url, bound.value))).toEqual(['invalid_request', 'proof_invalid'])
    expect(await shown(await own?.prove('POST', url))).toEqual(['invalid_request', 'proof_invalid'])
    expect(await shown(await own?.prove('POST', url, other.value))).toEqual(['invalid_request', 'proof_invalid'])
    expect(await shown(await own?.prove('GET', url, bound.value))).toEqual(['invalid_request', 'proof_invalid'])
    expect(await shown(await own?.prove('POST', `${house.url}/api/v1/tasks`, bound.value))).toEqual([
      'invalid_request',
      'proof_invalid',
    ])
    const once = await own?.prove('POST', url, bound.value)
    expect((await ask(await actorForm(house, bound, helper, { subject_token_proof: once ?? '' }))).status).toBe(200)
    expect((await shown(once))[0]).toBe('invalid_request')
  })

  it('ends with what lets it act: a grant that ended, a token taken back, a task that is over, a helper that is suspended', async () => {
    const late = makeSummariser(house, 'late')
    await register(house, late)
    const grant = await letAct(house, 'relay', 'late')
    const issued = await ask(await actorForm(house, await subject(), late))
    expect(issued.status).toBe(200)
    await house.people.ada.client.delegations.end(ids.get('relay') ?? '', grant, 'It is over')
    expect(await refused(await actorForm(house, await subject(), late))).toEqual([
      400,
      'actor_unauthorized',
      'actor_unauthorized',
    ])
    const { tokens } = house.people.lin.client
    expect(await tokens.introspect(issued.json.access_token ?? '')).toEqual({ active: false })

    const taken = await relay.agent.exchange(parent, house.url)
    const below = await ask(await actorForm(house, taken, helper))
    await house.people.sam.client.tokens.revoke(taken.value)
    expect(await refused(await actorForm(house, taken, helper))).toEqual([400, 'invalid_request', 'token_revoked'])
    expect(await tokens.introspect(below.json.access_token ?? '')).toEqual({ active: false })

    const over = await openTask(house, relay)
    const token = await relay.agent.apiToken(over)
    await relay.agent.complete(over)
    expect((await refused(await actorForm(house, token, helper))).slice(0, 2)).toEqual([400, 'invalid_request'])

    await house.people.ada.client.identities.suspend(ids.get('third') ?? '', 'It is looked at')
    const root = await ask(
      await actorForm(house, await relay.agent.apiToken(await openTask(house, relay)), helper, { resource: house.url }),
    )
    const form = await actorForm(house, { value: root.json.access_token ?? '' }, third, wish({ life_seconds: 60 }))
    // who is not active and who was never let to sound alike
    expect((await refused(form))[0]).toBe(400)
  })

  it('is another workload of the same identity only where it proves itself: the part belongs to the one that took it', async () => {
    const issued = await ask(await actorForm(house, await subject(), helper))
    const taskId = String(
      (claimsOf(issued.json.access_token ?? '')['chain'] as readonly { readonly task: string }[])[1]?.task,
    )
    const stranger = await house.issuer.mint({ sub: `workload:${randomUUID()}`, aud: house.url })
    const own = { subject_token: stranger, subject_token_type: typeOf('jwt'), resource: `${house.url}/mcp/docs` }
    const details = JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }])
    expect((await refused({ ...own, authorization_details: details }))[0]).toBe(400)
    const asThird = { ...own, subject_token: await relay.assertion(), authorization_details: details }
    expect(await refused(asThird)).toEqual([400, 'invalid_grant', 'task_not_active'])
  })
})
