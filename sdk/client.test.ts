import { describe, expect, it } from 'vitest'
import { ROUTES } from '../src/http/routes.ts'
import type { Fetch } from './call.ts'
import { type Client, createClient } from './client.ts'
import { RemitProblem } from './problem.ts'

const draft = {
  name: 'a',
  kind: 'agent',
  runtime: 'own',
  owner: 'psn_1',
  sponsor: 'psn_2',
  purpose: 'p',
  autonomy: 'bounded',
  reach: 'team',
} as const
const question = { subject: { type: 's', id: '1' }, action: { name: 'a' }, resource: { type: 'r', id: '2' } }

const denied = {
  decision: false,
  context: { reasons: [], entry: 7, evaluation_id: '7', access_request: { endpoint: 'e', expires_at: 't' } },
}

/** Every method of the client, each called once; the path is the one that must come out. */
const METHODS: readonly (readonly [string, string, (client: Client) => Promise<unknown>])[] = [
  ['POST', '/api/v1/sessions', (c) => c.sessions.open('rml_x')],
  ['DELETE', '/api/v1/sessions/current', (c) => c.sessions.end()],
  ['GET', '/api/v1/me', (c) => c.sessions.me()],
  ['POST', '/api/v1/me/links', (c) => c.sessions.link()],
  ['GET', '/api/v1/clients', (c) => c.clients.list()],
  ['POST', '/api/v1/clients', (c) => c.clients.add({ identity: '1', redirectUris: [] })],
  ['GET', '/api/v1/people', (c) => c.people.list()],
  ['POST', '/api/v1/people', (c) => c.people.add({ name: 'n', email: 'n@example.org', roles: [] })],
  ['GET', '/api/v1/people/:id', (c) => c.people.show('1')],
  ['POST', '/api/v1/people/:id/links', (c) => c.people.link('1')],
  ['GET', '/api/v1/access/paths', (c) => c.paths.between('a', 'b')],
  ['GET', '/api/v1/me/acting', (c) => c.acting.list()],
  ['POST', '/api/v1/me/acting/:id/end', (c) => c.acting.end('1', 'r')],
  ['GET', '/api/v1/me/delegates', (c) => c.acting.grants()],
  ['POST', '/api/v1/me/delegates', (c) => c.acting.let({} as never)],
  ['POST', '/api/v1/me/delegates/:id/end', (c) => c.acting.endLet('1', 'r')],
  ['GET', '/api/v1/identities/:id/delegates', (c) => c.delegations.list('1')],
  ['POST', '/api/v1/identities/:id/delegates', (c) => c.delegations.ask('1', {} as never)],
  ['POST', '/api/v1/identities/:id/delegates/:part/end', (c) => c.delegations.end('1', '2', 'r')],
  ['GET', '/api/v1/people/:id/logins', (c) => c.logins.list('1')],
  ['POST', '/api/v1/people/:id/logins', (c) => c.logins.add('1', { issuer: 'https://idp.example', subject: 's' })],
  ['POST', '/api/v1/people/:id/logins/:part/end', (c) => c.logins.end('1', '2', 'why')],
  ['GET', '/api/v1/people/:id/rights', (c) => c.people.rights('1')],
  ['POST', '/api/v1/people/:id/rights', (c) => c.people.grantRight('1', {} as never)],
  ['POST', '/api/v1/people/:id/rights/:part/end', (c) => c.people.endRight('1', '2', 'why')],
  ['POST', '/api/v1/people/:id/roles', (c) => c.people.setRoles('1', ['admin'])],
  ['POST', '/api/v1/people/:id/profile', (c) => c.people.rename('1', { name: 'n' })],
  ['POST', '/api/v1/people/:id/leave', (c) => c.people.leave('1')],
  ['GET', '/api/v1/purposes', (c) => c.catalogue.purposes()],
  [
    'POST',
    '/api/v1/purposes',
    (c) => c.catalogue.definePurpose({ code: 'p', title: 't', classes: [], ceiling: 'public' }),
  ],
  ['GET', '/api/v1/resources', (c) => c.catalogue.resources()],
  ['POST', '/api/v1/resources', (c) => c.catalogue.classifyResource({ pattern: '*', sensitivity: 'public' })],
  ['GET', '/api/v1/tools', (c) => c.catalogue.tools()],
  [
    'POST',
    '/api/v1/tools',
    (c) =>
      c.catalogue.classifyTool({
        server: 's',
        tool: 't',
        actionClass: 'read',
        resourceArgument: null,
        resourceKind: 'text',
        resourcePrefix: 'x:',
        resourceRoot: '',
        resultIntegrity: 'trusted',
      }),
  ],
  ['GET', '/api/v1/issuers', (c) => c.catalogue.issuers()],
  ['GET', '/api/v1/presets', (c) => c.catalogue.presets()],
  ['GET', '/api/v1/servers', (c) => c.catalogue.servers()],
  ['GET', '/api/v1/identities', (c) => c.identities.list()],
  ['POST', '/api/v1/identities', (c) => c.identities.draft(draft)],
  ['GET', '/api/v1/identities/:id', (c) => c.identities.show('1')],
  ['GET', '/api/v1/identities/:id/used', (c) => c.identities.used('1')],
  ['POST', '/api/v1/identities/:id/adopt', (c) => c.identities.adopt('1', draft)],
  [
    'POST',
    '/api/v1/identities/:id/bindings',
    (c) => c.identities.bind('1', { kind: 'oidc', issuer: 'i', subject: 's', claims: {}, keys: [] }),
  ],
  ['POST', '/api/v1/identities/:id/secrets', (c) => c.identities.addSecret('1', { days: 1 })],
  ['POST', '/api/v1/identities/:id/bindings/:part/rotate', (c) => c.identities.rotate('1', '2', { reason: 'r' })],
  ['POST', '/api/v1/identities/:id/bindings/:part/end', (c) => c.identities.endBinding('1', '2', 'r')],
  [
    'POST',
    '/api/v1/identities/:id/entitlements',
    (c) =>
      c.identities.entitle('1', { scope: [], classes: [], ceiling: 'public', approval: 'none', reason: 'r', days: 1 }),
  ],
  ['POST', '/api/v1/identities/:id/entitlements/:part/end', (c) => c.identities.endEntitlement('1', '2', 'r')],
  ['POST', '/api/v1/identities/:id/tasks', (c) => c.identities.openTask('1', {} as never)],
  ['POST', '/api/v1/identities/:id/rehearse', (c) => c.identities.rehearse('1')],
  ['POST', '/api/v1/identities/:id/submit', (c) => c.identities.submit('1')],
  ['POST', '/api/v1/identities/:id/return', (c) => c.identities.sendBack('1', 'r')],
  ['POST', '/api/v1/identities/:id/suspend', (c) => c.identities.suspend('1', 'r')],
  ['POST', '/api/v1/identities/:id/retire', (c) => c.identities.retire('1', 'r')],
  ['POST', '/api/v1/identities/:id/reassign', (c) => c.identities.reassign('1', { owner: 'psn_1', reason: 'r' })],
  ['POST', '/api/v1/identities/:id/hear', (c) => c.identities.hear('1', 'r')],
  ['GET', '/api/v1/approvals', (c) => c.approvals.list({ state: 'pending' })],
  ['GET', '/api/v1/approvals/:id', (c) => c.approvals.show('1')],
  ['POST', '/api/v1/approvals/:id/votes', (c) => c.approvals.vote('1', 'approve', 'r')],
  ['GET', '/api/v1/tasks', (c) => c.tasks.list()],
  ['GET', '/api/v1/tasks/:id', (c) => c.tasks.show('1')],
  ['POST', '/api/v1/tasks/:id/revoke', (c) => c.tasks.revoke('1', 'r')],
  ['POST', '/api/v1/cutoffs', (c) => c.cutoffs.make({ target: 'task', targetId: '1', because: 'b' })],
  ['GET', '/api/v1/cutoffs', (c) => c.cutoffs.list()],
  ['GET', '/api/v1/policies', (c) => c.policies.list()],
  ['GET', '/api/v1/policies/in-force', (c) => c.policies.inForce()],
  ['GET', '/api/v1/policies/coverage', (c) => c.policies.coverage()],
  ['GET', '/api/v1/policies/:number', (c) => c.policies.show(1)],
  ['POST', '/api/v1/policies', (c) => c.policies.publish([], { reason: 'r' })],
  ['POST', '/api/v1/policies/validate', (c) => c.policies.validate([])],
  ['POST', '/api/v1/policies/test', (c) => c.policies.test([])],
  ['GET', '/api/v1/policies/shadow', (c) => c.policies.shadow({ version: 1 })],
  ['POST', '/api/v1/policies/replay', (c) => c.policies.replay({ version: 1, sinceMs: 0 })],
  ['POST', '/api/v1/policies/diff', (c) => c.policies.diff([], 1)],
  ['POST', '/api/v1/policies/:number/rollback', (c) => c.policies.rollBack(1, { reason: 'r', shadow: true })],
  ['GET', '/api/v1/limits', (c) => c.catalogue.limits()],
  [
    'POST',
    '/api/v1/limits',
    (c) =>
      c.catalogue.setLimit({
        name: 'few',
        of: 'read',
        per: 'identity',
        callsMax: 1,
        windowSeconds: 60,
        state: 'active',
      }),
  ],
  ['POST', '/api/v1/approvals/:id/withdraw', (c) => c.approvals.withdraw('apr_1', 'r')],
  ['POST', '/api/v1/keys/rotate', (c) => c.keys.rotate({ reason: 'r', leaked: true })],
  ['GET', '/api/v1/entries', (c) => c.entries.list({ from: 1 })],
  ['GET', '/api/v1/entries/:index', (c) => c.entries.show(1)],
  ['GET', '/api/v1/entries/:index/why', (c) => c.entries.why(1)],
  ['GET', '/api/v1/entries/:index/receipt', (c) => c.entries.receipt(1)],
  ['POST', '/api/v1/evidence', (c) => c.evidence.pack()],
  ['GET', '/api/v1/doctor', (c) => c.doctor.check()],
  ['POST', '/oauth/introspect', (c) => c.tokens.introspect('t')],
  ['POST', '/oauth/revoke', (c) => c.tokens.revoke('t')],
  ['POST', '/access/v1/evaluation', (c) => c.access.evaluate(question)],
  ['POST', '/access/v1/requests', (c) => c.access.ask({ question, answer: denied })],
  ['GET', '/access/v1/requests/:id', (c) => c.access.show('1')],
  ['POST', '/access/v1/requests/:id/cancel', (c) => c.access.cancel('1')],
  ['POST', '/access/v1/evaluation', (c) => c.evaluation.evaluate(question)],
  ['POST', '/access/v1/outcome', (c) => c.access.report({ entry: 1, end: 'completed' })],
  ['POST', '/access/v1/search/subject', (c) => c.evaluation.searchSubjects({ ...question, subject: { type: 's' } })],
  ['POST', '/access/v1/search/resource', (c) => c.evaluation.searchResources({ ...question, resource: { type: 'r' } })],
  ['POST', '/access/v1/search/action', (c) => c.evaluation.searchActions({ ...question, action: undefined })],
  ['POST', '/access/v1/domains/:domain/evaluation', (c) => c.domains.of('a').evaluate(question)],
  ['GET', '/api/v1/domains', (c) => c.domains.list()],
  ['GET', '/api/v1/domains/:domain/versions', (c) => c.domains.versions('a')],
  ['GET', '/api/v1/domains/:domain/versions/:number', (c) => c.domains.show('a', 1)],
  ['POST', '/api/v1/domains/:domain/versions', (c) => c.domains.publish('a', [], { reason: 'r' })],
  [
    'POST',
    '/api/v1/domains/:domain/versions/:number/rollback',
    (c) => c.domains.rollBack('a', 1, { reason: 'r', shadow: true }),
  ],
  [
    'POST',
    '/api/v1/identities/:id/entitlements/:part/narrow',
    (c) => c.identities.narrow('i', 'e', { ceiling: 'public', reason: 'r' }),
  ],
  ['POST', '/api/v1/domains/:domain/validate', (c) => c.domains.validate('a', [])],
  ['POST', '/api/v1/domains/:domain/test', (c) => c.domains.test('a', [])],
  ['POST', '/api/v1/domains/:domain/diff', (c) => c.domains.diff('a', [], 3)],
  ['POST', '/api/v1/domains/:domain/replay', (c) => c.domains.replay('a', { sinceMs: 0 })],
  ['GET', '/api/v1/domains/:domain/shadow', (c) => c.domains.shadow('a')],
  ['GET', '/api/v1/domains/:domain/coverage', (c) => c.domains.coverage('a')],
  ['POST', '/access/v1/evaluations', (c) => c.evaluation.evaluateAll({ evaluations: [question] })],
  ['GET', '/log/checkpoint', (c) => c.log.checkpoint()],
  ['GET', '/log/key', (c) => c.log.key()],
  ['GET', '/log/proof/inclusion', (c) => c.log.inclusionProof(3)],
  ['GET', '/log/proof/consistency', (c) => c.log.consistencyProof(3, 7)],
]

/** Doors that are a workload's or agent's own; `createAgent` goes through them. */
const AGENT_DOORS = [
  'POST /api/v1/tasks',
  'POST /api/v1/tasks/:id/svid',
  'POST /api/v1/tasks/:id/delegations',
  'POST /api/v1/tasks/:id/complete',
  'POST /api/v1/tasks/:id/fail',
]

function record(answer: Response = Response.json({})) {
  const seen: { method: string; path: string; headers: Headers; body: unknown }[] = []
  const fetch: Fetch = async (url, init) => {
    const { pathname } = new URL(url)
    seen.push({ method: init.method ?? '', path: pathname, headers: new Headers(init.headers), body: init.body })
    return answer.clone()
  }
  return { seen, client: createClient({ baseUrl: 'http://remit.test/', session: 'rms_secret', fetch }) }
}

describe('the client', () => {
  it.each(METHODS)('has a method that goes to %s %s', async (method, path, call) => {
    const { seen, client } = record()
    await call(client)
    const pattern = new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`)
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ method, path: expect.stringMatching(pattern) })
    expect(seen[0]?.headers.get('authorization')).toBe('Bearer rms_secret')
  })

  it('reaches every door of /api/v1 that the server has, and none that it has not', () => {
    const doors = ROUTES.filter(({ path }) => path.startsWith('/api/v1/')).map(
      ({ method, path }) => `${method} ${path}`,
    )
    const reached = METHODS.map(([method, path]) => `${method} ${path}`).filter((door) => door.includes('/api/v1/'))
    expect([...reached, ...AGENT_DOORS].toSorted()).toEqual(doors.toSorted())
  })

  it('writes a body only where there is one, with its content type', async () => {
    const { seen, client } = record()
    await client.identities.rehearse('1')
    await client.approvals.vote('1', 'deny', 'no')
    await client.tokens.introspect('a b&c')
    expect(seen.map(({ body, headers }) => [headers.get('content-type'), body])).toEqual([
      [null, undefined],
      ['application/json', '{"verdict":"deny","reason":"no"}'],
      ['application/x-www-form-urlencoded', 'token=a+b%26c'],
    ])
  })

  it('keeps an id with a slash inside its segment', async () => {
    const { seen, client } = record()
    await client.identities.show('../people')
    expect(seen[0]?.path).toBe('/api/v1/identities/..%2Fpeople')
  })
})

describe('a refusal', () => {
  const problem = {
    code: 'self_approval',
    status: 403,
    title: 'No.',
    detail: 'Not you.',
    facts: { seats: 1 },
    entry: 7,
  }
  const cases: readonly (readonly [string, Response, object])[] = [
    [
      'problem+json',
      Response.json(problem, { status: 403 }),
      { code: 'self_approval', status: 403, detail: 'Not you.', facts: { seats: 1 }, entry: 7 },
    ],
    [
      'an OAuth error',
      Response.json(
        { error: 'invalid_grant', error_description: 'Seen before.', code: 'assertion_replayed', entry: 3 },
        { status: 400 },
      ),
      { code: 'assertion_replayed', status: 400, detail: 'Seen before.', entry: 3 },
    ],
    [
      'an OAuth error of another server',
      Response.json({ error: 'invalid_grant' }, { status: 400 }),
      { code: 'invalid_grant' },
    ],
    [
      'an AuthZEN error',
      Response.json('There is no such thing.', { status: 404, headers: { 'remit-error': 'not_found' } }),
      { code: 'not_found', status: 404, detail: 'There is no such thing.' },
    ],
    ['a page of a proxy', new Response('<html>', { status: 502 }), { code: 'answer_malformed', status: 502 }],
    ['a success that is not JSON', new Response('<html>'), { code: 'answer_malformed', status: 200 }],
    [
      'an entry that is no number',
      Response.json({ code: 'x', entry: '7' }, { status: 400 }),
      { code: 'x', entry: undefined },
    ],
  ]
  it.each(cases)('is thrown with code, status, sentence, facts and entry: %s', async (_, answer, expected) => {
    const thrown: unknown = await record(answer)
      .client.sessions.me()
      .catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(RemitProblem)
    expect(thrown).toMatchObject(expected)
  })

  it('of the network says where nothing answers, and keeps the cause', async () => {
    const client = createClient({ baseUrl: 'http://remit.test', fetch: () => Promise.reject(new TypeError('refused')) })
    const thrown: unknown = await client.sessions.me().catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code: 'unreachable', status: 0, detail: 'Nothing answers at http://remit.test.' })
    expect((thrown as Error).cause).toBeInstanceOf(TypeError)
  })

  it('never repeats the session', async () => {
    const thrown: unknown = await record(Response.json(problem, { status: 403 }))
      .client.sessions.me()
      .catch((error: unknown) => error)
    expect(`${String(thrown)} ${JSON.stringify(thrown)}`).not.toContain('rms_secret')
  })
})
