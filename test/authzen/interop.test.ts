import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { askDomain } from '../../src/decide/domain/ask-domain.ts'
import { compileDomain } from '../../src/decide/domain/compile-domain.ts'
import type { Domain, DomainTexts } from '../../src/decide/domain/domain.ts'
import { type Found, searchDomain } from '../../src/decide/domain/search/search-domain.ts'
import type { EvaluationRequest, SearchRequest } from '../../src/decide/requests.ts'
import { finishAtOnce } from '../../src/ground/in-turns.ts'

/** Where the decisions of the interoperability events lie, in places that have the public test data beside the repository. */
const PUBLISHED = new URL('../../../shared/vectors/authzen/', import.meta.url)

interface Published {
  readonly evaluation: readonly { readonly request: object; readonly expected: boolean }[]
  readonly evaluations?: readonly {
    readonly request: { readonly evaluations: readonly object[] }
    readonly expected: readonly { readonly decision: boolean }[]
  }[]
}

/** Reads a published file as single questions with what must come of them; none where the file is not there. */
function readPublished(name: string): readonly (readonly [object, boolean])[] {
  const file = new URL(name, PUBLISHED)
  if (!existsSync(file)) return []
  const { evaluation, evaluations = [] } = JSON.parse(readFileSync(file, 'utf8')) as Published // it is as its README says
  return [
    ...evaluation.map(({ request, expected }) => [request, expected] as const),
    ...evaluations.flatMap(({ request: { evaluations: items, ...defaults }, expected }) =>
      items.map((item, at) => [{ ...defaults, ...item }, expected[at]?.decision ?? false] as const),
    ),
  ]
}

const compile = (texts: DomainTexts): Domain =>
  compileDomain('app', texts, () => {
    throw new Error('the engines differ')
  })

interface Loose {
  readonly subject: object
  readonly action: object
  readonly resource: object
}

function decide(domain: Domain, { subject, action, resource }: Loose): boolean {
  const whole = (part: object): object => ({ properties: {}, ...part })
  const request = { subject: whole(subject), action: whole(action), resource: whole(resource), context: {} }
  const asked = askDomain(domain, request as EvaluationRequest)
  return 'request' in asked && domain.engine.decide(asked.request).allowed
}

/** The people of both events: the place in their ids, their roles and mail addresses. */
const PEOPLE = [
  { at: 0, email: 'rick@the-citadel.com', roles: ['admin', 'evil_genius'] },
  { at: 1, email: 'morty@the-citadel.com', roles: ['editor'] },
  { at: 2, email: 'summer@the-smiths.com', roles: ['editor'] },
  { at: 3, email: 'beth@the-smiths.com', roles: ['viewer'] },
  { at: 4, email: 'jerry@the-smiths.com', roles: ['viewer'] },
] as const
const idOf = (at: number): string =>
  Buffer.from(`\n$fd${at}614d3-c39a-4781-b7bd-8b96f5a5100d\u0012\u0005local`).toString('base64').replaceAll('=', '')
const people = (type: string): string =>
  JSON.stringify(
    PEOPLE.map(({ at, email, roles }) => ({ uid: { type, id: idOf(at) }, attrs: { email, roles }, parents: [] })),
  )

const TODO = compile({
  schema: null,
  entities: people('user'),
  files: [
    {
      name: 'todo.cedar',
      text: `
permit (principal is user, action in [Action::"can_read_user", Action::"can_read_todos"], resource);
permit (principal is user, action == Action::"can_create_todo", resource is todo)
when { principal has roles && principal.roles.containsAny(["editor", "admin", "evil_genius"]) };
permit (principal is user, action == Action::"can_update_todo", resource is todo)
when { principal has roles && principal.roles.contains("evil_genius") };
permit (principal is user, action == Action::"can_delete_todo", resource is todo)
when { principal has roles && principal.roles.contains("admin") };
permit (principal is user, action in [Action::"can_update_todo", Action::"can_delete_todo"], resource is todo)
when { principal has roles && principal.roles.containsAny(["editor", "admin", "evil_genius"])
  && principal has email && resource has ownerID && resource.ownerID == principal.email };`,
    },
  ],
})

const GATEWAY = compile({
  schema: null,
  entities: people('identity'),
  files: [
    {
      name: 'gateway.cedar',
      text: `
permit (principal is identity, action == Action::"GET", resource is route);
permit (principal is identity, action in [Action::"POST", Action::"PUT", Action::"DELETE"], resource is route)
when { principal has roles && principal.roles.containsAny(["editor", "admin", "evil_genius"]) };`,
    },
  ],
})

describe('the interoperability scenario of the todo application', () => {
  const isOneOf = (roles: readonly string[], wanted: readonly string[]): boolean =>
    roles.some((role) => wanted.includes(role))
  const writers = ['editor', 'admin', 'evil_genius']
  const RULES: Readonly<Record<string, (roles: readonly string[], isOwner: boolean) => boolean>> = {
    can_read_user: () => true,
    can_read_todos: () => true,
    can_create_todo: (roles) => isOneOf(roles, writers),
    can_update_todo: (roles, isOwner) => roles.includes('evil_genius') || (isOneOf(roles, writers) && isOwner),
    can_delete_todo: (roles, isOwner) => roles.includes('admin') || (isOneOf(roles, writers) && isOwner),
  }

  it.each(Object.keys(RULES))('decides %s as its rules say, for each of its people and owners', (name) => {
    for (const { at, email, roles } of PEOPLE) {
      for (const owner of PEOPLE) {
        const resource = { type: 'todo', id: '1', properties: { ownerID: owner.email } }
        const question = { subject: { type: 'user', id: idOf(at) }, action: { name }, resource }
        expect([email, owner.email, decide(TODO, question)]).toEqual([
          email,
          owner.email,
          RULES[name]?.(roles, email === owner.email),
        ])
      }
    }
  })

  it('decides the published cases, where they lie beside the repository', () => {
    const wrong = readPublished('todo-decisions-1_0-02.json').filter(
      ([request, expected]) => decide(TODO, request as Loose) !== expected,
    )
    expect(wrong).toEqual([])
  })
})

describe('the interoperability scenario of the API gateways', () => {
  it('decides each route by the method', () => {
    const methods = ['GET', 'POST', 'PUT', 'DELETE']
    const decisions = PEOPLE.map(({ at }) =>
      methods.map((name) =>
        decide(GATEWAY, {
          subject: { type: 'identity', id: idOf(at) },
          action: { name },
          resource: { type: 'route', id: '/todos' },
        }),
      ),
    )
    const [all, reads] = [
      [true, true, true, true],
      [true, false, false, false],
    ]
    expect(decisions).toEqual([all, all, all, reads, reads])
  })

  it('decides the published cases, where they lie beside the repository', () => {
    const wrong = readPublished('api-gateway-decisions.json').filter(
      ([request, expected]) => decide(GATEWAY, request as Loose) !== expected,
    )
    expect(wrong).toEqual([])
  })
})

/** Rules of the search scenario, and of what goes into a token: view by owner, department or managers, and so on. */
const RECORDS = `
permit (principal is user, action in [Action::"view", Action::"edit", Action::"delete"], resource is record)
when { resource.owner == principal };
permit (principal is user, action == Action::"view", resource is record)
when { principal.department == resource.department || principal.role == "manager" };
permit (principal is user, action == Action::"edit", resource is record)
when { principal.role == "manager" && principal.department == resource.department };`

const DEPARTMENTS = ['Sales', 'Legal', 'Finance']
const anyRecords = fc.record({
  users: fc.uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[a-z]{1,3}$/),
      role: fc.constantFrom('manager', 'employee', 'contractor'),
      department: fc.constantFrom(...DEPARTMENTS),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 8 },
  ),
  records: fc.uniqueArray(
    fc.record({ id: fc.stringMatching(/^[0-9]{1,3}$/), owner: fc.nat(), department: fc.constantFrom(...DEPARTMENTS) }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 12 },
  ),
  limit: fc.integer({ min: 1, max: 4 }),
})

describe('a search', () => {
  it('finds what is permitted, all of it and nothing else, in parts of any size', () => {
    fc.assert(
      fc.property(anyRecords, ({ users, records, limit }) => {
        const domain = compile(textsOf(users, records))
        for (const action of ['view', 'edit', 'delete', 'burn']) {
          for (const { id } of users) {
            const request = search('resource', id, action, '')
            const expected = records.filter((each) => isPermitted(domain, id, action, each.id)).map((each) => each.id)
            expect(findAll(domain, request, limit)).toEqual(expected.sort())
          }
          for (const { id } of records) {
            const expected = users.filter((each) => isPermitted(domain, each.id, action, id)).map((each) => each.id)
            expect(findAll(domain, search('subject', '', action, id), limit)).toEqual(expected.sort())
          }
        }
        for (const user of [...users.map(({ id }) => id), 'nobody']) {
          for (const { id } of records) {
            const expected = ['delete', 'edit', 'view'].filter((action) => isPermitted(domain, user, action, id))
            expect(findAll(domain, search('action', user, '', id), limit)).toEqual(expected)
          }
        }
      }),
      { numRuns: 25, seed: 10 },
    )
  })

  const many = compile({
    schema: null,
    files: [{ name: 'a.cedar', text: 'permit (principal, action, resource) when { principal has open };' }],
    entities: JSON.stringify(
      Array.from({ length: 5_000 }, (_, at) => ({
        uid: { type: 'user', id: `u${String(at).padStart(4, '0')}` },
        attrs: at === 4_999 ? { open: true } : {},
        parents: [],
      })),
    ),
  })

  it('that would ask about everything asks about so much at a time, and goes on where it was', () => {
    const request = search('subject', '', 'x', '1')
    const first = finishAtOnce(searchDomain(many, request, { after: null, limit: 200 }))
    expect(first).toEqual({ found: [], obliged: [], asked: 2_000, next: { after: 'u1999' } })
    expect(findAll(many, request, 200)).toEqual(['u4999'])
  })

  it('goes on where it was though what it stood on is gone, and of nothing wanted gives nothing', () => {
    const request = search('subject', '', 'x', '1')
    expect(finishAtOnce(searchDomain(many, request, { after: 'u4998x', limit: 5 }))).toMatchObject({
      found: ['u4999'],
      next: null,
    })
    expect(finishAtOnce(searchDomain(many, request, { after: 'zzz', limit: 5 }))).toEqual({
      found: [],
      obliged: [],
      asked: 0,
      next: null,
    })
    expect(finishAtOnce(searchDomain(many, request, { after: null, limit: 0 }))).toEqual({
      found: [],
      obliged: [],
      asked: 0,
      next: { after: null },
    })
  })
})

function textsOf(
  users: readonly { readonly id: string; readonly role: string; readonly department: string }[],
  records: readonly { readonly id: string; readonly owner: number; readonly department: string }[],
): DomainTexts {
  const ofUsers = users.map(({ id, role, department }) => ({
    uid: { type: 'user', id },
    attrs: { role, department },
    parents: [],
  }))
  const ofRecords = records.map(({ id, owner, department }) => ({
    uid: { type: 'record', id },
    attrs: { department, owner: { __entity: { type: 'user', id: users[owner % users.length]?.id } } },
    parents: [],
  }))
  return {
    schema: null,
    files: [{ name: 'records.cedar', text: RECORDS }],
    entities: JSON.stringify([...ofUsers, ...ofRecords]),
  }
}

const isPermitted = (domain: Domain, user: string, name: string, record: string): boolean =>
  decide(domain, {
    subject: { type: 'user', id: user },
    action: { name },
    resource: { type: 'record', id: record },
  })

function search(what: SearchRequest['what'], user: string, action: string, record: string): SearchRequest {
  return {
    what,
    subject: { type: 'user', id: user, properties: {} },
    action: { name: action, properties: {} },
    resource: { type: 'record', id: record, properties: {} },
    context: {},
  }
}

function findAll(domain: Domain, request: SearchRequest, limit: number): readonly string[] {
  const found: string[] = []
  let after: string | null = null
  for (let parts = 0; parts < 100; parts += 1) {
    const part: Found = finishAtOnce(searchDomain(domain, request, { after, limit }))
    expect(part.found.length).toBeLessThanOrEqual(limit)
    found.push(...part.found)
    if (part.next === null) return found
    after = part.next.after
  }
  throw new Error('the search does not end')
}
