import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { type RawAnswer, sendRaw } from '../http/raw.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { CERTIFICATION, filesOf, publishDomain } from './certification.ts'

const leave = [{ action: 'read', resource: 'domain:records' }]

/** The enforcement point of an application: it may ask about the domain `records`, and about no other. */
function makeEnforcer(house: House): Actor {
  const actor = makeSummariser(house, 'records-gateway')
  const [entitlement] = actor.entitlements
  if (entitlement === undefined) throw new Error('the summariser is entitled to nothing')
  return {
    ...actor,
    profile: { ...actor.profile, kind: 'service' },
    entitlements: [{ ...entitlement, scope: leave, reason: 'It guards the records.' }],
    task: { ...actor.task, goal: 'Guard the records', scope: leave },
  }
}

const question = {
  subject: { type: 'user', id: 'alice' },
  action: { name: 'read' },
  resource: { type: 'record', id: 'record-1' },
}

describe('an enforcement point of another application', () => {
  let house: House
  let actor: Actor
  let token: AccessToken
  let other: AccessToken

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    await house.people.ada.client.catalogue.classifyResource({ pattern: 'domain:*', sensitivity: 'internal' })
    for (const name of ['records', 'salaries']) await publishDomain(house, name, CERTIFICATION)
    actor = makeEnforcer(house)
    await register(house, actor)
    token = await actor.agent.exchange(await openTask(house, actor), house.url)
    const reader = makeSummariser(house)
    await register(house, reader)
    other = await reader.agent.exchange(await openTask(house, reader), house.url)
  })
  afterAll(async () => {
    await house.end(60)
  })

  const post = (path: string, body: unknown, by = token.value): Promise<RawAnswer> =>
    sendRaw(house.url, {
      method: 'POST',
      path: `/access/v1/domains/${path}`,
      headers: { authorization: `Bearer ${by}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const entryOf = async ({ json }: RawAnswer) => {
    const { entry } = json['context'] as { readonly entry: number }
    return (await house.people.lin.client.entries.show(entry)).entry
  }

  it('is answered, and its question is on record under its own name, with domain, version and rule', async () => {
    const answer = await post('records/evaluation', question)
    expect([answer.status, answer.json['decision']]).toEqual([200, true])
    const { domains } = await house.people.lin.client.domains.list()
    const digest = domains.find(({ name }) => name === 'records')?.digest
    expect(await entryOf(answer)).toMatchObject({
      kind: 'decision.permit',
      actor: { kind: 'identity' },
      policy: digest,
      data: {
        domain: { name: 'records', version: digest },
        reasons: [{ rule: 'law:asker' }, { rule: 'records:read' }],
      },
    })
  })

  it('has used its leave by asking, whatever it is answered', async () => {
    const { uses } = await house.people.lin.client.identities.used(actor.name)
    const [before = 0] = uses.map(({ use }) => use.calls)
    expect((await post('records/evaluation', question)).json).toMatchObject({ decision: true })
    expect((await post('records/evaluation', { ...question, action: { name: 'erase' } })).json).toMatchObject({
      decision: false,
    })
    await post('records/search/subject', { ...question, subject: { type: 'user' } })
    const [used] = (await house.people.lin.client.identities.used(actor.name)).uses
    expect(used?.use).toMatchObject({ calls: before + 3, acts: [{ action: 'read', resources: ['domain:records'] }] })
    const reason = expect.stringMatching(new RegExp(` in ${before + 3} acts\\.$`)) // one of which was denied
    expect(used).toMatchObject({ proposal: { scope: leave, classes: ['read'], reason }, isNarrower: false })
  })

  it('is explained by the text of the rule, a domain or not', async () => {
    const { json } = await post('records/evaluation', question)
    const { entry } = json['context'] as { readonly entry: number }
    const { explanation } = await house.people.lin.client.entries.why(entry)
    expect(JSON.stringify(explanation)).toContain('Whoever belongs to the staff reads every record.')
  })

  it.each([
    ['evaluation', question],
    ['evaluations', { evaluations: [question, question] }],
    ['search/subject', { ...question, subject: { type: 'user' } }],
    ['search/resource', { ...question, resource: { type: 'record' } }],
    ['search/action', question],
  ])('is refused where it may not ask, and that is on record: %s', async (path, body) => {
    const before = (await house.people.lin.client.entries.list({ limit: 1 })).size
    for (const answer of [await post(`salaries/${path}`, body), await post(`records/${path}`, body, other.value)]) {
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        403,
        expect.stringContaining('takes leave to read domain:'),
      ])
    }
    const { entries } = await house.people.lin.client.entries.list({ from: before })
    expect(entries.map(({ entry }) => [entry.kind, entry.data['code']])).toEqual(
      entries.map(() => ['decision.denial', 'asker_refused']),
    )
    expect(entries.length).toBeGreaterThanOrEqual(2)
  })

  it.each(['lost', 'remit', '%2e%2e', 'x'.repeat(300)])(
    'is told of the domain %j, which is not there, what it is told of one that it may not ask',
    async (name) => {
      const [there, lost] = [await post('salaries/evaluation', question), await post(`${name}/evaluation`, question)]
      expect([there.status, lost.status]).toEqual([403, 403])
      const { lin } = house.people
      const found = lin.client.domains.of(decodeURIComponent(name)).evaluate(question)
      const status = name === '%2e%2e' ? 0 : 404 // a name that leads elsewhere is not sent
      await expect(found).rejects.toMatchObject({ status, code: 'not_found' })
    },
  )

  it('changes nothing here by what it says of its own labels, its leave or our identities', async () => {
    const lies = { task: token.taskId, approved: true, domain: 'salaries', confidentiality: 'public', kind: 'service' }
    const lie = { ...question, subject: { type: 'identity', id: 'docs-summariser', properties: lies }, context: lies }
    const answer = await post('salaries/evaluation', lie)
    expect(answer.status).toBe(403)
    expect((await post('records/evaluation', lie)).json['decision']).toBe(false)
  })

  it.each([
    ['a huge body', 413, JSON.stringify({ ...question, context: { x: 'x'.repeat(LIMITS.bodyBytesMax) } })],
    ['a body that is nested too deeply', 400, `{"context":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`],
    ['ten thousand questions', 400, JSON.stringify({ evaluations: Array.from({ length: 10_000 }, () => ({})) })],
  ])('is refused with %s', async (_, status, body) => {
    expect((await post('records/evaluations', body)).status).toBe(status)
  })

  it.each([
    ['null as an attribute', { subject: { ...question.subject, properties: { role: null } } }],
    ['a fraction', { resource: { ...question.resource, properties: { status: 0.5 } } }],
    ['a number beyond 53 bits', { resource: { ...question.resource, properties: { status: 2 ** 70 } } }],
    ['a type of no form', { subject: { type: '\u0000', id: '\u202e' } }],
    ['a huge id', { subject: { type: 'user', id: 'x'.repeat(100_000) } }],
    ['a huge type', { resource: { type: 'x'.repeat(100_000), id: '1' } }],
  ])('is told no, and no error, for %s', async (_, more) => {
    const answer = await post('records/evaluation', { ...question, ...more })
    expect([answer.status, answer.json['decision']]).toEqual([200, false])
    expect(JSON.stringify(await entryOf(answer)).length).toBeLessThan(65_536)
  })

  it.each([
    ['made up', () => 'bm9uZSBvZiBvdXJz'],
    ['cut', (given: string) => given.slice(0, -4)],
    ['changed', (given: string) => `${given.startsWith('A') ? 'B' : 'A'}${given.slice(1)}`],
    ['no base64', () => '{"after":"u"}'],
    ['too long', () => 'A'.repeat(LIMITS.searchTokenCharsMax + 1)],
  ])('is refused with a page token that is %s', async (_, forge) => {
    const search = { ...question, subject: { type: 'user' } }
    const first = await post('records/search/subject', { ...search, page: { limit: 1 } })
    const { next_token: given } = first.json['page'] as { next_token: string }
    const forged = await post('records/search/subject', { ...search, page: { token: forge(given) } })
    expect([forged.status, typeof JSON.parse(forged.text)]).toEqual([400, 'string'])
  })

  it('finds all, each once, among ids of thousands of characters that begin alike', async () => {
    const ids = ['', 'a', 'b', 'c'].map((end) => `${'\u0001'.repeat(9_000)}${end}`)
    const entities = ids.map((id) => ({ uid: { type: 'user', id }, attrs: {}, parents: [] }))
    await publishDomain(house, 'long', {
      schema: null,
      files: [{ name: 'all.cedar', text: '@id("long:all") permit (principal, action, resource);' }],
      entities: JSON.stringify(entities),
    })
    const { session } = house.people.lin
    const found: unknown[] = []
    let token = ''
    do {
      const page = { limit: 1, ...(token === '' ? {} : { token }) }
      const answer = await post('long/search/subject', { ...question, subject: { type: 'user' }, page }, session)
      expect([answer.status, token, found.length < 5]).toEqual([200, expect.any(String), true])
      found.push(...(answer.json['results'] as { id: string }[]).map(({ id }) => id))
      token = (answer.json['page'] as { next_token: string }).next_token
    } while (token !== '')
    expect(found).toEqual(ids)
  })

  it('gets no results and no token where it wants none, so that it does not ask on for ever', async () => {
    const search = { subject: { type: 'user' }, action: { name: 'read' }, resource: { type: 'record', id: 'record-1' } }
    const none = await post('records/search/subject', { ...search, page: { limit: 0 } })
    expect(none.json).toMatchObject({ results: [], page: { next_token: '', count: 0 } })
  })

  it('is refused with the page token of another search, of another domain, or with another limit', async () => {
    const search = { ...question, subject: { type: 'user' } }
    const first = await post('records/search/subject', { ...search, page: { limit: 1 } })
    const { next_token: given } = first.json['page'] as { next_token: string }
    const page = { token: given }
    const lin = house.people.lin.session
    for (const answer of [
      await post('records/search/subject', { ...search, action: { name: 'write' }, page }),
      await post('records/search/subject', { ...search, context: { x: 1 }, page }),
      await post('records/search/subject', { ...search, page: { token: given, limit: 2 } }),
      await post('records/search/resource', { ...question, resource: { type: 'user' }, page }),
      await post('salaries/search/subject', { ...search, page }, lin),
    ])
      expect(answer.status).toBe(400)
    expect((await post('records/search/subject', { ...search, page })).status).toBe(200)
    expect((await post('records/search/subject', { ...search, page: { limit: -1 } })).status).toBe(400)
    expect((await post('records/search/subject', { ...search, page: { limit: 'all' } })).status).toBe(400)
  })

  it('is answered by the new version from the moment on when people have approved it, and by none that was refused', async () => {
    const closed = {
      ...CERTIFICATION,
      files: [{ name: 'closed.cedar', text: '@id("records:none") forbid (principal, action, resource);' }],
    }
    const { lin, ada } = house.people
    const { approval } = await lin.client.domains.publish('records', filesOf(closed), { reason: 'For a while' })
    expect((await post('records/evaluation', question)).json['decision']).toBe(true)
    await ada.client.approvals.vote(approval?.id ?? '', 'deny', 'Not now')
    expect((await post('records/evaluation', question)).json['decision']).toBe(true)
    await publishDomain(house, 'records', closed)
    expect((await post('records/evaluation', question)).json).toMatchObject({
      decision: false,
      context: { reasons: [{ rule: 'records:none' }] },
    })
    await house.stop()
    await house.start()
    expect((await post('records/evaluation', question)).json['decision']).toBe(false)
    const { versions } = await lin.client.domains.versions('records')
    expect(versions.map(({ number, state }) => [number, state])).toEqual([
      [1, 'superseded'],
      [2, 'refused'],
      [3, 'enforced'],
    ])
  })

  it('is in the evidence with every policy text that decided, and the evidence verifies', async () => {
    const { client } = house.people.lin
    const [stream, key] = [await client.evidence.pack(), await client.log.key()]
    const report = await verifyPack(readPackLines(stream), key)
    expect(report.failures).toEqual([])
    const { domains } = await client.domains.list()
    expect(report.policies).toEqual(expect.arrayContaining(domains.map(({ digest }) => digest)))
  })

  it('is put up by nobody without the role, with every fault told, and not twice', async () => {
    const { sam, lin } = house.people
    const put = (by: typeof lin, name: string, texts = CERTIFICATION): Promise<unknown> =>
      by.client.domains.publish(name, filesOf(texts), { reason: 'For the application' })
    await expect(put(sam, 'new')).rejects.toMatchObject({ code: 'role_missing' })
    await expect(put(lin, 'remit')).rejects.toMatchObject({ code: 'policies_invalid' })
    await expect(put(lin, 'salaries')).rejects.toMatchObject({ code: 'already_exists' })
    const wrong = {
      ...CERTIFICATION,
      entities: '[{"uid":{"type":"user","id":"a"},"attrs":{},"parents":[{"type":"team","id":"lost"}]}]',
    }
    await expect(put(lin, 'new', wrong)).rejects.toMatchObject({
      code: 'policies_invalid',
      detail: 'entities.json:1:2: The entity user::"a" lies in team::"lost", which is not among the entities.',
    })
  })
})
