import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, approveIdentity, codeOf, enter, furnish, makeSummariser, problemOf, verdictOf } from './cast.ts'

describe('an AI identity that nobody knew', () => {
  let house: House
  let actor: Actor
  let id: string
  let taskId: string
  let token: AccessToken

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
  })
  afterAll(async () => {
    await house.end(30)
  })

  it('is refused, and the refusal is on record', async () => {
    const refusal = await problemOf(actor.agent.exchange('tsk_none', actor.agent.gatewayUrl('docs')))
    expect(refusal).toMatchObject({ code: 'identity_unknown', status: 400 })
    const { entry } = await house.people.ada.client.entries.show(refusal?.entry ?? -1)
    expect(entry).toMatchObject({ kind: 'identity.discovered', data: { subject: 'workload:docs-summariser' } })
  })

  it('is discovered once, however often it comes back', async () => {
    for (let again = 0; again < 3; again += 1)
      expect(await codeOf(actor.agent.openTask(actor.task))).toBe('identity_inactive')
    const { identities } = await house.people.ada.client.identities.list({ state: 'discovered' })
    expect(identities).toHaveLength(1)
    id = identities[0]?.id ?? ''
  })

  it('stays inert: it cannot be put up for approval as it is', async () => {
    const { identities } = house.people.ada.client
    expect((await identities.show(id)).identity).toMatchObject({ state: 'discovered', owner: null, purpose: null })
    expect(await codeOf(identities.submit(id))).toBe('transition_invalid')
    expect(await codeOf(actor.agent.openTask(actor.task))).toMatch(/^identity_/)
  })

  it('is adopted, and is bound to the proof that it was seen with', async () => {
    const { ada, grace } = house.people
    const { name, ...profile } = actor.profile
    await ada.client.identities.adopt(id, { ...profile, name, owner: ada.id, sponsor: grace.id })
    const { identity, bindings } = await ada.client.identities.show(name)
    expect(identity).toMatchObject({ id, state: 'draft', owner: ada.id, sponsor: grace.id, purpose: 'summarise' })
    expect(bindings).toMatchObject([{ kind: 'oidc', issuer: house.issuer.url, subject: 'workload:docs-summariser' }])
    expect(await codeOf(actor.agent.openTask(actor.task))).toBe('identity_inactive')
  })

  it('needs an entitlement before it can be submitted, and its tier has reasons', async () => {
    const { identities } = house.people.ada.client
    expect(await problemOf(identities.submit(id))).toMatchObject({
      code: 'transition_needs',
      facts: { missing: ['entitlement'] },
    })
    for (const entitlement of actor.entitlements) await identities.entitle(id, entitlement)
    const { tier } = await identities.show(id)
    expect(tier).toMatchObject({ tier: 'T1', terms: { name: 'observer' } })
    expect(tier.reasons).toContain('it works outside a sandbox')
  })

  it('is rehearsed: a canary counted before it was cut off, and not after', async () => {
    const { rehearsal } = await house.people.ada.client.identities.rehearse(id)
    expect(rehearsal.faultsBefore).not.toContain('cut_off')
    expect(rehearsal.faultsAfter).toContain('cut_off')
  })

  it('is not approved by the one who asked', async () => {
    const { ada } = house.people
    const { approval } = await ada.client.identities.submit(id)
    const refusal = await problemOf(ada.client.approvals.vote(approval.id, 'approve', 'It is fine'))
    expect(refusal).toMatchObject({ code: 'self_approval', status: 403 })
    expect((await ada.client.entries.show(refusal?.entry ?? -1)).entry).toMatchObject({
      kind: 'refusal',
      actor: { kind: 'person', id: ada.id },
      data: { code: 'self_approval' },
    })
  })

  it('becomes active when a second person approves', async () => {
    const { approvals } = (await house.people.grace.client.identities.show(id)) as {
      approvals: readonly { id: string }[]
    }
    const voted = await house.people.grace.client.approvals.vote(approvals[0]?.id ?? '', 'approve', 'Known')
    expect(voted.effect).toBe('identity activated')
    expect(await codeOf(house.people.lin.client.approvals.vote(approvals[0]?.id ?? '', 'approve', 'Me too'))).toBe(
      'approval_closed',
    )
  })

  it('gets a task of exactly what it asked for', async () => {
    const { task } = await actor.agent.openTask({ ...actor.task, ticket: 'DOCS-17' })
    const { lifeSeconds, ...asked } = actor.task
    expect(task).toMatchObject({ ...asked, ticket: 'DOCS-17', state: 'active', identityId: id, parentId: null })
    expect(task.endsMs - task.createdMs).toBe(lifeSeconds * 1000)
    taskId = task.id
  })

  it('gets no task beyond its entitlement, and is told the nearest that it would get', async () => {
    const scope = [{ action: 'docs/read_text_file', resource: 'payroll:*' }]
    const refusal = await problemOf(actor.agent.openTask({ ...actor.task, scope }))
    expect(refusal).toMatchObject({ code: 'scope_exceeded', status: 403 })
    expect(refusal?.facts).toMatchObject({ ask: { sentence: expect.any(String) }, reasons: [expect.anything()] })
    expect((await house.people.lin.client.entries.show(refusal?.entry ?? -1)).entry.kind).toBe('decision.denial')
  })

  it('gets a token for one server that says who acts, in which task, until when', async () => {
    token = await actor.agent.exchange(taskId, actor.agent.gatewayUrl('docs'))
    const seen = await house.people.lin.client.tokens.introspect(token.value)
    expect(seen).toMatchObject({
      active: true,
      client_id: id,
      sub: id,
      aud: `${house.url}/mcp/docs`,
      token_type: 'Bearer',
      authorization_details: [{ type: 'urn:remit:task', task_id: taskId, purpose: 'summarise', ceiling: 'internal' }],
      chain: [{ identityId: id, taskId }],
    })
  })

  it('gets one, described as any other, in the last second of a task too', async () => {
    const { task } = await actor.agent.openTask({ ...actor.task, lifeSeconds: 1 })
    const asked = actor.agent.exchange(task.id, actor.agent.gatewayUrl('docs'))
    // the second may be over before it is answered
    expect(['answered', 'task_not_active']).toContain(await codeOf(asked))
  })

  it('meets a closed door with that token at another server', async () => {
    const { agent } = actor
    const answer = await house.fetch(agent.gatewayUrl('everything'), {
      method: 'POST',
      headers: { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' },
      body: '{}',
    })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ code: 'token_audience' })
  })

  it('reads a real file through the gateway, sees no other tool, and is stopped at the edge', async () => {
    const { gateway } = await enter(actor, taskId)
    try {
      expect(await gateway.list()).toEqual(['read_text_file'])
      const path = (name: string): string => join(house.documents, name)
      const read = await gateway.call('read_text_file', { path: path('public/handbook.md') })
      expect(read).toMatchObject({ isPermitted: true, text: readFileSync(path('public/handbook.md'), 'utf8') })
      const write = await gateway.call('write_file', { path: path('public/handbook.md'), content: 'x' })
      expect(write).toMatchObject({ isPermitted: false, code: 'scope_exceeded', sentence: /.+/u, ask: /.+/u })
      const secret = await gateway.call('read_text_file', { path: path('confidential/salaries.csv') })
      expect(verdictOf(secret)).toBe('ceiling_exceeded')
      expect(
        verdictOf(
          await gateway.call('read_text_file', { path: `${house.documents}/public/../confidential/salaries.csv` }),
        ),
      ).not.toBe('permitted')
    } finally {
      await gateway.close()
    }
  })

  it('has used up what it used, and no more', async () => {
    const { usage } = await house.people.lin.client.tasks.show(taskId)
    expect(usage).toMatchObject({ calls: 1, writes: 0 })
  })

  it('is explained: rule, facts, chain and approval of a permit', async () => {
    const { entries } = await house.people.lin.client.entries.list()
    const finished = entries.find(({ entry }) => entry.kind === 'call.finished')
    const { explanation } = await house.people.lin.client.entries.why(finished?.entry.answers ?? -1)
    expect(explanation.sentences.join('\n')).toContain('docs-summariser')
    const { explanation: end } = await house.people.lin.client.entries.why(finished?.index ?? -1)
    expect(end.sentences.join('\n')).toMatch(/^The act was completed, with a result of \d+ bytes\.$/m)
  })

  it('is approved again by nobody in particular: an active identity cannot be widened', async () => {
    const { identities } = house.people.ada.client
    const [entitlement] = actor.entitlements
    expect(entitlement).toBeDefined()
    if (entitlement !== undefined)
      await expect(identities.entitle(id, entitlement)).rejects.toMatchObject({
        code: 'transition_invalid',
        detail: 'An identity that is active cannot be widened; suspend it first.',
      })
    expect(await codeOf(identities.bind(id, { ...actor.binding, subject: 'workload:other' }))).toBe(
      'transition_invalid',
    )
    expect(await codeOf(approveIdentity(house, id))).toBe('transition_invalid')
  })
})
