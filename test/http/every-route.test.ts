import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { ROUTES } from '../../src/http/routes.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, letAct, makeSummariser, openTask, prepare, register } from '../scenarios/cast.ts'
import { CONSENT_ROUTES, DRAFTED } from './consent-routes.ts'
import { OUTCOMES } from './counted-permit.ts'
import { DELEGATION_ROUTES } from './delegation-routes.ts'
import { ACCESS_REQUESTS } from './denied-evaluation.ts'
import { DOMAIN_ROUTES } from './domain-routes.ts'
import { LIMIT, RIGHT } from './good-bodies.ts'
import { GOOD_SPIFFE, OUTWARD } from './good-spiffe.ts'
import { IDP, LOGIN_ROUTES } from './login-routes.ts'

/** What the requests are made of. */
interface Cast {
  readonly house: House
  readonly actor: Actor
  readonly id: string
  /** A draft that is ready to be submitted. */
  readonly draft: string
  readonly bindingId: string
  readonly entitlementId: string
  readonly approvalId: string
}

/** A good request: who asks, where, and with what. */
interface Good {
  readonly who?: 'ada' | 'grace' | 'lin' | 'sam' | AccessToken
  readonly path?: string
  readonly body?: object
  readonly form?: Readonly<Record<string, string>>
  readonly authorization?: string
  readonly headers?: Readonly<Record<string, string>>
}

const json = (value: unknown): string => JSON.stringify(value)
const reason = { reason: 'It is time' }
const profile = { kind: 'agent', runtime: 'own', purpose: 'summarise', autonomy: 'bounded', reach: 'team' } as const
const newTask = async ({ house, actor }: Cast): Promise<AccessToken> =>
  actor.agent.exchange(await openTask(house, actor), house.url)
const newDraft = ({ house }: Cast): Promise<string> => prepare(house, makeSummariser(house, `made-${randomUUID()}`))

const moveIdentity = (id: string, verb: string, who: Good['who'] = 'ada'): Good => ({
  who,
  path: `/api/v1/identities/${id}/${verb}`,
  body: reason,
})

async function submitted(cast: Cast): Promise<{ readonly id: string; readonly approvalId: string }> {
  const id = await newDraft(cast)
  const { approval } = await cast.house.people.ada.client.identities.submit(id)
  return { id, approvalId: approval.id }
}

const ofSam = ({ house }: Cast): string => `/api/v1/people/${house.people.sam.id}`

const POLICY = {
  name: 'own.cedar',
  text: '@id("acme:none")\n@sentence("Nobody is called so.")\nforbid (principal, action, resource) when { principal.name == "nobody" };\n',
}

const TESTED = {
  name: 'own.test.json',
  text: '{ "cases": [{ "name": "somebody else", "action": "task", "expect": "permit" }] }',
}

/** One good request a row of the table of doors. A new row without one here fails the first test. */
const GOOD: Readonly<Record<string, (cast: Cast) => Promise<Good>>> = {
  'POST /api/v1/sessions': async ({ house }) => ({
    body: { link: (await house.people.ada.client.people.link(house.people.sam.id)).link },
  }),
  'DELETE /api/v1/sessions/current': async ({ house }) => {
    const { link } = await house.people.ada.client.people.link(house.people.sam.id)
    return { authorization: `Bearer ${(await house.signIn(link)).session}` }
  },
  'GET /api/v1/me': async () => ({ who: 'sam' }),
  'GET /api/v1/people': async () => ({ who: 'sam' }),
  'POST /api/v1/people': async () => ({
    who: 'ada',
    body: { name: 'Otto', email: 'otto@example.org', roles: ['owner'] },
  }),
  'GET /api/v1/people/:id': async (cast) => ({ who: 'sam', path: ofSam(cast) }),
  'POST /api/v1/people/:id/links': async (cast) => ({ who: 'ada', path: `${ofSam(cast)}/links` }),
  'POST /api/v1/people/:id/roles': async ({ house: { people } }) => ({
    who: 'ada',
    path: `/api/v1/people/${people.sam.id}/roles`,
    body: { roles: ['responder'] },
  }),
  'POST /api/v1/people/:id/profile': async ({ house: { people } }) => ({
    who: 'ada',
    path: `/api/v1/people/${people.sam.id}/profile`,
    body: { name: 'Samuel' },
  }),
  'GET /api/v1/people/:id/rights': async ({ house: { people } }) => ({
    who: 'lin',
    path: `/api/v1/people/${people.sam.id}/rights`,
  }),
  'POST /api/v1/people/:id/rights': async ({ house: { people } }) => ({
    who: 'ada',
    path: `/api/v1/people/${people.sam.id}/rights`,
    body: RIGHT,
  }),
  'POST /api/v1/people/:id/rights/:part/end': async ({ house: { people } }) => {
    const { right } = await people.ada.client.people.grantRight(people.sam.id, RIGHT)
    return {
      who: 'sam',
      path: `/api/v1/people/${people.sam.id}/rights/${right.id}/end`,
      body: { reason: 'Not needed' },
    }
  },
  'POST /api/v1/people/:id/leave': async ({ house }) => {
    const added = await house.people.ada.client.people.add({ name: 'Uwe', email: 'uwe@example.org', roles: [] })
    return { who: 'ada', path: `/api/v1/people/${added.person.id}/leave` }
  },
  'GET /api/v1/purposes': async () => ({ who: 'sam' }),
  'POST /api/v1/purposes': async () => ({
    who: 'ada',
    body: { code: 'new', title: 'New', classes: ['read'], ceiling: 'public' },
  }),
  'GET /api/v1/limits': async () => ({ who: 'sam', path: '/api/v1/limits?limit=5' }),
  'POST /api/v1/limits': async () => ({ who: 'ada', body: LIMIT }),
  'GET /api/v1/resources': async () => ({ who: 'sam', path: '/api/v1/resources?limit=5' }),
  'POST /api/v1/resources': async () => ({ who: 'ada', body: { pattern: 'new:*', sensitivity: 'public' } }),
  'GET /api/v1/tools': async () => ({ who: 'sam' }),
  'POST /api/v1/tools': async ({ house }) => ({
    who: 'ada',
    body: {
      server: 'docs',
      tool: 'list_directory',
      actionClass: 'read',
      resourceArgument: 'path',
      resourceKind: 'path',
      resourcePrefix: 'docs:',
      resourceRoot: house.documents,
      resultIntegrity: 'trusted',
    },
  }),
  'GET /api/v1/servers': async () => ({ who: 'sam' }),
  'GET /api/v1/issuers': async () => ({ who: 'ada' }),
  'GET /api/v1/presets': async () => ({ who: 'sam' }),
  'GET /api/v1/identities': async () => ({ who: 'sam', path: '/api/v1/identities?state=active&limit=1' }),
  'POST /api/v1/identities': async ({ house: { people } }) => ({
    who: 'grace',
    body: { name: 'drafted', owner: people.grace.id, sponsor: people.ada.id, ...profile },
  }),
  'GET /api/v1/identities/:id': async () => ({ who: 'sam', path: '/api/v1/identities/docs-summariser' }),
  'GET /api/v1/identities/:id/used': async () => ({ who: 'lin', path: '/api/v1/identities/docs-summariser/used' }),
  'POST /api/v1/identities/:id/adopt': async ({ house }) => {
    await makeSummariser(house, 'stranger')
      .agent.openTask(makeSummariser(house).task)
      .catch(() => undefined)
    const { identities } = await house.people.ada.client.identities.list({ state: 'discovered' })
    const { ada, grace } = house.people
    return {
      who: 'ada',
      path: `/api/v1/identities/${identities[0]?.id}/adopt`,
      body: { name: 'adopted', owner: ada.id, sponsor: grace.id, ...profile },
    }
  },
  'POST /api/v1/identities/:id/bindings': async ({ house, draft }) => ({
    who: 'ada',
    path: `/api/v1/identities/${draft}/bindings`,
    body: { kind: 'oidc', issuer: house.issuer.url, subject: 'workload:second' },
  }),
  'POST /api/v1/identities/:id/bindings/:part/rotate': async ({ house, id }) => ({
    who: 'ada',
    path: `/api/v1/identities/${id}/bindings/${(await house.people.ada.client.identities.show(id)).bindings[0]?.id ?? ''}/rotate`,
    body: { issuer: 'https://moved.example', ...reason },
  }),
  'POST /api/v1/identities/:id/bindings/:part/end': async ({ draft, bindingId }) => ({
    who: 'ada',
    path: `/api/v1/identities/${draft}/bindings/${bindingId}/end`,
    body: reason,
  }),
  'POST /api/v1/identities/:id/entitlements': async ({ draft, actor }) => ({
    who: 'ada',
    path: `/api/v1/identities/${draft}/entitlements`,
    body: actor.entitlements[0] ?? {},
  }),
  'POST /api/v1/identities/:id/entitlements/:part/end': async ({ draft, entitlementId }) => ({
    who: 'ada',
    path: `/api/v1/identities/${draft}/entitlements/${entitlementId}/end`,
    body: reason,
  }),
  'POST /api/v1/identities/:id/entitlements/:part/narrow': async ({ house, id }) => {
    const [granted] = (await house.people.ada.client.identities.show(id)).entitlements
    return {
      who: 'ada',
      path: `/api/v1/identities/${id}/entitlements/${granted?.id}/narrow`,
      body: { days: 1, ...reason },
    }
  },
  'POST /api/v1/identities/:id/rehearse': async ({ draft }) => ({
    who: 'sam',
    path: `/api/v1/identities/${draft}/rehearse`,
  }),
  'POST /api/v1/identities/:id/submit': async (cast) => ({
    who: 'ada',
    path: `/api/v1/identities/${await newDraft(cast)}/submit`,
    body: { composition: { model: 'm' } },
  }),
  'POST /api/v1/identities/:id/return': async (cast) => moveIdentity((await submitted(cast)).id, 'return'),
  'POST /api/v1/identities/:id/suspend': async (cast) => moveIdentity((await submitted(cast)).id, 'suspend', 'sam'),
  'POST /api/v1/identities/:id/retire': async (cast) => moveIdentity(await newDraft(cast), 'retire'),
  'POST /api/v1/identities/:id/reassign': async (cast) => ({
    who: 'ada',
    path: `/api/v1/identities/${await newDraft(cast)}/reassign`,
    body: { owner: cast.house.people.lin.id, ...reason },
  }),
  'POST /api/v1/identities/:id/hear': async (cast) => moveIdentity(await newDraft(cast), 'hear', 'lin'),
  'GET /api/v1/approvals': async () => ({ who: 'sam', path: '/api/v1/approvals?state=used' }),
  'GET /api/v1/approvals/:id': async ({ approvalId }) => ({ who: 'sam', path: `/api/v1/approvals/${approvalId}` }),
  'POST /api/v1/approvals/:id/votes': async (cast) => ({
    who: 'grace',
    path: `/api/v1/approvals/${(await submitted(cast)).approvalId}/votes`,
    body: { verdict: 'approve', reason: 'Good' },
  }),
  'POST /api/v1/tasks': async ({ actor }) => ({ authorization: `Bearer ${await actor.assertion()}`, body: actor.task }),
  'POST /api/v1/identities/:id/tasks': async ({ house: { people }, id, actor }) => {
    await people.ada.client.people.grantRight(people.sam.id, RIGHT)
    return { who: 'sam', path: `/api/v1/identities/${id}/tasks`, body: actor.task }
  },
  'GET /api/v1/tasks': async () => ({ who: 'sam', path: '/api/v1/tasks?state=active&identity=docs-summariser' }),
  'GET /api/v1/tasks/:id': async (cast) => {
    const token = await newTask(cast)
    return { who: token, path: `/api/v1/tasks/${token.taskId}` }
  },
  'POST /api/v1/tasks/:id/delegations': async (cast) => {
    const token = await newTask(cast)
    const helper = makeSummariser(cast.house, 'helper')
    await register(cast.house, helper)
    await letAct(cast.house, cast.actor.name, 'helper')
    const { purpose: _, ...part } = cast.actor.task
    const body = { ...part, to: 'helper', lifeSeconds: 60, budget: { callsMax: 1, writesMax: 0, bytesMax: 1_000 } }
    return { who: token, path: `/api/v1/tasks/${token.taskId}/delegations`, body }
  },
  'POST /api/v1/tasks/:id/complete': async (cast) => {
    const token = await newTask(cast)
    return { who: token, path: `/api/v1/tasks/${token.taskId}/complete` }
  },
  'POST /api/v1/tasks/:id/fail': async (cast) => {
    const token = await newTask(cast)
    return { who: token, path: `/api/v1/tasks/${token.taskId}/fail`, body: reason }
  },
  'POST /api/v1/tasks/:id/revoke': async (cast) => ({
    who: 'sam',
    path: `/api/v1/tasks/${(await newTask(cast)).taskId}/revoke`,
    body: reason,
  }),
  'GET /api/v1/cutoffs': async () => ({ who: 'sam' }),
  'POST /api/v1/cutoffs': async (cast) => ({
    who: 'sam',
    body: { target: 'task', targetId: (await newTask(cast)).taskId, because: 'A drill' },
  }),
  'GET /oauth/status/:list': async () => ({ path: '/oauth/status/0' }),
  'GET /oauth/details': async () => ({ path: '/oauth/details' }),
  'POST /api/v1/keys/rotate': async () => ({ who: 'ada', body: { reason: 'It is time' } }),
  'GET /api/v1/entries': async () => ({ who: 'sam', path: '/api/v1/entries?from=3&limit=4' }),
  'GET /api/v1/entries/:index': async () => ({ who: 'sam', path: '/api/v1/entries/0' }),
  'GET /api/v1/entries/:index/why': async () => ({ who: 'sam', path: '/api/v1/entries/3/why' }),
  'GET /api/v1/entries/:index/receipt': async () => ({ who: 'sam', path: '/api/v1/entries/3/receipt' }),
  'POST /api/v1/evidence': async () => ({ who: 'lin', body: {} }),
  'GET /api/v1/doctor': async () => ({ who: 'lin' }),
  ...CONSENT_ROUTES,
  ...DELEGATION_ROUTES,
  ...LOGIN_ROUTES,
  'POST /oauth/token': async ({ house, actor }) => ({
    form: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await actor.assertion(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: house.url,
      authorization_details: json([{ type: 'urn:remit:task', task_id: await openTask(house, actor) }]),
    },
  }),
  'POST /oauth/introspect': async (cast) => ({
    authorization: `Bearer ${await cast.actor.assertion()}`,
    form: { token: (await newTask(cast)).value },
  }),
  'POST /oauth/revoke': async (cast) => ({ who: 'sam', form: { token: (await newTask(cast)).value } }),
  'GET /oauth/jwks': async () => ({}),
  ...GOOD_SPIFFE,
  'GET /.well-known/oauth-authorization-server': async () => ({}),
  'GET /.well-known/oauth-protected-resource': async () => ({}),
  'GET /.well-known/oauth-protected-resource/mcp/:server': async () => ({
    path: '/.well-known/oauth-protected-resource/mcp/docs',
  }),
  'GET /.well-known/authzen-configuration': async () => ({}),
  'POST /access/v1/evaluation': async () => ({
    who: 'lin',
    body: {
      subject: { type: 'identity', id: 'docs-summariser' },
      action: { name: 'x' },
      resource: { type: 'x', id: 'y' },
    },
  }),
  'POST /access/v1/evaluations': async () => ({
    who: 'lin',
    body: { subject: { type: 'identity', id: 'docs-summariser' }, action: { name: 'x' }, evaluations: [{}] },
  }),
  'GET /api/v1/policies': async () => ({ who: 'sam' }),
  'GET /api/v1/policies/in-force': async () => ({ who: 'sam' }),
  'GET /api/v1/policies/:number': async () => ({ who: 'lin', path: '/api/v1/policies/1' }),
  'POST /api/v1/policies': async () => ({ who: 'ada', body: { files: [POLICY], reason: 'to see', shadow: true } }),
  'POST /api/v1/policies/validate': async () => ({ who: 'sam', body: { files: [POLICY] } }),
  'POST /api/v1/policies/diff': async () => ({ who: 'lin', body: { files: [POLICY] } }),
  'POST /api/v1/policies/replay': async () => ({ who: 'lin', body: { files: [POLICY], sinceMs: 0 } }),
  'GET /api/v1/policies/shadow': async () => ({ who: 'lin' }),
  'GET /api/v1/policies/coverage': async () => ({ who: 'ada' }),
  'POST /api/v1/policies/test': async () => ({ who: 'sam', body: { files: [POLICY, TESTED] } }),
  'POST /api/v1/policies/:number/rollback': async () => ({
    who: 'ada',
    path: '/api/v1/policies/1/rollback',
    body: { reason: 'to see', shadow: true },
  }),
  'POST /access/v1/search/subject': async () => ({
    who: 'lin',
    body: { subject: { type: 'task' }, action: { name: 'x' }, resource: { type: 'x', id: 'y' } },
  }),
  'POST /access/v1/search/resource': async () => ({
    who: 'lin',
    body: { subject: { type: 'task', id: 'x' }, action: { name: 'x' }, resource: { type: 'x' } },
  }),
  'POST /access/v1/search/action': async () => ({
    who: 'lin',
    body: { subject: { type: 'task', id: 'x' }, resource: { type: 'x', id: 'y' } },
  }),
  ...DOMAIN_ROUTES,
  ...ACCESS_REQUESTS,
  ...OUTCOMES,
  'GET /log/checkpoint': async () => ({ who: 'sam' }),
  'GET /log/key': async () => ({ who: 'sam' }),
  'GET /log/tile/*': async () => ({ who: 'sam', path: '/log/tile/entries/000.p/2' }),
  'GET /log/proof/inclusion': async () => ({ who: 'sam', path: '/log/proof/inclusion?index=3&size=7' }),
  'GET /log/proof/consistency': async () => ({ who: 'sam', path: '/log/proof/consistency?from=3' }),
  'GET /healthz': async () => ({}),
  'GET /readyz': async () => ({}),
  'GET /metrics': async () => ({}),
  'GET /': async () => ({}),
}

describe('the table of doors', () => {
  let cast: Cast

  beforeAll(async () => {
    const house = await startHouse({ ...DRAFTED, ...OUTWARD }, { issuers: [IDP] })
    await furnish(house)
    const actor = makeSummariser(house)
    const id = await register(house, actor)
    const draft = await prepare(house, makeSummariser(house, 'a-draft'))
    const { client } = house.people.lin
    const [whole, known] = [await client.identities.show(draft), await client.identities.show(id)]
    cast = {
      house,
      actor,
      id,
      draft,
      bindingId: whole.bindings[0]?.id ?? '',
      entitlementId: whole.entitlements[0]?.id ?? '',
      approvalId: known.approvals[0]?.id ?? '',
    }
  })
  afterAll(async () => {
    await cast.house.end(100)
  })

  it('has a good request for each of its rows', () => {
    expect(Object.keys(GOOD).sort()).toEqual(ROUTES.map((row) => `${row.method} ${row.path}`).sort())
  })

  it.each(ROUTES.map((row) => [`${row.method} ${row.path}`, row] as const))(
    '%s answers a good request as it is described',
    async (name, row) => {
      const good = (await GOOD[name]?.(cast)) ?? {}
      const { who } = good
      const shown =
        typeof who === 'string' ? `Bearer ${cast.house.people[who].session}` : who && `${who.type} ${who.value}`
      const authorization = good.authorization ?? shown
      const answer = await cast.house.fetch(`${cast.house.url}${good.path ?? row.path}`, {
        method: row.method,
        redirect: 'manual',
        headers: {
          ...good.headers,
          ...(authorization === undefined ? {} : { authorization }),
          ...(good.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(good.body === undefined ? {} : { body: json(good.body) }),
        ...(good.form === undefined ? {} : { body: new URLSearchParams(good.form) }),
      })
      expect([answer.status, await answer.text()]).toEqual([row.status, expect.any(String)])
    },
  )
})
