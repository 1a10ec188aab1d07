import type { PolicyFile } from '../../sdk/policy-answers.ts'
import type { DomainTexts } from '../../src/decide/domain/domain.ts'
import type { Somebody } from '../house.ts'

/** Gives the files of a folder that holds a domain. */
export function filesOf({ files, schema, entities }: DomainTexts): readonly PolicyFile[] {
  const file = (name: string, text: string | null): readonly PolicyFile[] => (text === null ? [] : [{ name, text }])
  return [...files, ...file('schema.cedarschema', schema), ...file('entities.json', entities)]
}

/** Publishes a domain, as people do: an approver puts it up, an administrator and another approver say yes. */
export async function publishDomain(
  house: { readonly people: Readonly<Record<'ada' | 'grace' | 'lin', Pick<Somebody, 'client'>>> },
  name: string,
  texts: DomainTexts,
): Promise<void> {
  const { ada, grace, lin } = house.people
  const { approval } = await lin.client.domains.publish(name, filesOf(texts), { reason: 'For the application' })
  if (approval === null) throw new Error(`the domain ${name} waits for nobody`)
  await ada.client.approvals.vote(approval.id, 'approve', 'It is known')
  await grace.client.approvals.vote(approval.id, 'approve', 'It is bounded')
}

/**
 * What the certification scenario of AuthZEN 1.0 asks a decision point to be loaded with, in words of our own: two
 * users, two records, three actions, and rules 1 to 8 of its fixture.
 */
export const CERTIFICATION: DomainTexts = {
  schema: null,
  files: [
    {
      name: 'records.cedar',
      text: `
@id("records:read")
@sentence("Whoever belongs to the staff reads every record.")
permit (principal in team::"staff", action == Action::"read", resource is record);

@id("records:write")
@sentence("A writer writes records that are not archived.")
permit (principal in team::"writers", action == Action::"write", resource is record)
unless { resource has status && resource.status == "archived" };

@id("records:write-archived")
@sentence("An administrator writes archived records.")
permit (principal is user, action == Action::"write", resource is record)
when { principal has role && principal.role == "admin" && resource has status && resource.status == "archived" };

@id("records:delete-softly")
@sentence("A writer deletes a record where it can be brought back.")
permit (principal in team::"writers", action == Action::"delete", resource is record)
when { context has action && context.action has soft && context.action.soft == true };
`,
    },
  ],
  entities: JSON.stringify([
    { uid: { type: 'team', id: 'staff' }, attrs: {}, parents: [] },
    { uid: { type: 'team', id: 'writers' }, attrs: {}, parents: [{ type: 'team', id: 'staff' }] },
    { uid: { type: 'user', id: 'alice' }, attrs: {}, parents: [{ type: 'team', id: 'writers' }] },
    { uid: { type: 'user', id: 'bob' }, attrs: { role: 'admin' }, parents: [{ type: 'team', id: 'staff' }] },
    { uid: { type: 'record', id: 'record-1' }, attrs: { status: 'active' }, parents: [] },
    { uid: { type: 'record', id: 'record-2' }, attrs: { status: 'archived' }, parents: [] },
  ]),
}

const alice = { type: 'user', id: 'alice' }
const bob = { type: 'user', id: 'bob' }
const admin = { ...bob, properties: { role: 'admin' } }
const one = { type: 'record', id: 'record-1' }
const two = { type: 'record', id: 'record-2' }
const active = { ...one, properties: { status: 'active' } }
const archived = { ...two, properties: { status: 'archived' } }
const named = (name: string, properties?: object): object => ({
  name,
  ...(properties === undefined ? {} : { properties }),
})
const read = named('read')
const write = named('write')
const context = { time: '2025-06-27T18:03-07:00', ip: '192.168.1.1' }

export type Api = 'evaluation' | 'evaluations' | 'search/subject' | 'search/resource' | 'search/action'

/** One request of the scenario, and what must come of it. `body` is sent as it is where it is a text. */
export interface Case {
  readonly section: string
  readonly level: string
  readonly api: Api
  readonly body: object | string
  readonly contentType?: string
  readonly status: 200 | 400
  /** The decision of one, or of each in turn; null where any will do. */
  readonly decisions?: readonly (boolean | null)[]
  /** Ids or names that must be among the results; `only` where nothing else may. */
  readonly among?: readonly string[]
  readonly only?: true
}

const basic = (section: string, level: string, body: object, decision: boolean): Case => ({
  section,
  level: `Basic ${level}`,
  api: 'evaluation',
  body,
  status: 200,
  decisions: [decision],
})
const wrong = (section: string, api: Api, body: object | string, more: Partial<Case> = {}): Case => ({
  section,
  level: 'Error rules',
  api,
  body,
  status: 400,
  ...more,
})
const batch = (section: string, level: string, body: object, decisions: readonly (boolean | null)[]): Case => ({
  section,
  level: `Batch ${level}`,
  api: 'evaluations',
  body,
  status: 200,
  decisions,
})
const search = (section: string, level: string, what: string, body: object, among: readonly string[]): Case => ({
  section,
  level: `Search ${level}`,
  api: `search/${what}` as Api,
  body,
  status: 200,
  among,
  ...(among.length === 0 ? { only: true } : {}),
})

const plain = { subject: alice, action: read, resource: one }
const who = { subject: { type: 'user' }, action: read, resource: one }
const where = { subject: alice, action: read, resource: { type: 'record' } }
const what = { subject: alice, resource: one }
const spaceship = { type: 'spaceship', id: 'x' }

/** The cases of every level, by the sections of the scenario that they come from. */
export const CASES: readonly Case[] = [
  basic('2.2.1', 'Core', plain, true),
  basic('2.2.2', 'Core', { subject: bob, action: write, resource: one }, false),
  basic('1.4 rule 2', 'Core', { ...plain, action: write }, true),
  basic('1.4 rule 3', 'Core', { ...plain, subject: bob }, true),
  basic('2.2.3', 'Core', { ...plain, context }, true),
  basic('2.2.4', 'Properties', { subject: alice, action: write, resource: archived }, false),
  basic('2.2.5', 'Properties', { subject: admin, action: write, resource: archived }, true),
  basic('2.2.6', 'Properties', { ...plain, action: named('delete', { soft: true }) }, true),
  basic('2.2.7', 'Properties', { ...plain, action: named('delete', { soft: false }) }, false),
  basic(
    '2.2.8',
    'Core',
    {
      subject: { ...alice, properties: { department: 'Sales', role: 'manager' } },
      action: named('read', { method: 'GET' }),
      resource: { ...one, properties: { status: 'active', owner: 'bob' } },
    },
    true,
  ),
  basic('2.2.9', 'Core', { ...plain, foo: 'bar', futureField: { nested: true } }, true),
  wrong('2.4.1', 'evaluation', { action: read, resource: one }),
  wrong('2.4.1', 'evaluation', { subject: alice, resource: one }),
  wrong('2.4.1', 'evaluation', { subject: alice, action: read }),
  wrong('2.4.2', 'evaluation', { ...plain, subject: { id: 'alice' } }),
  wrong('2.4.2', 'evaluation', { ...plain, subject: { type: 'user' } }),
  wrong('2.4.2', 'evaluation', { ...plain, action: {} }),
  wrong('2.4.2', 'evaluation', { ...plain, resource: { id: 'record-1' } }),
  wrong('2.4.2', 'evaluation', { ...plain, resource: { type: 'record' } }),
  wrong('2.4.3', 'evaluation', plain, { contentType: 'text/plain' }),
  wrong('2.4.4', 'evaluation', '{"subject":'),
  wrong('2.4.5', 'evaluation', ''),
  wrong('2.4.6', 'evaluation', { ...plain, subject: 'alice' }),
  wrong('2.4.6', 'evaluation', { ...plain, action: { name: 123 } }),
  batch('3.2.1', 'Core', { subject: alice, action: read, evaluations: [{ resource: one }, { resource: two }] }, [
    true,
    null,
  ]),
  batch('3.2.2', 'Core', { subject: bob, resource: one, evaluations: [{ action: read }, { action: write }] }, [
    true,
    false,
  ]),
  batch(
    '3.2.3',
    'Properties',
    { subject: alice, action: write, evaluations: [{ resource: active }, { resource: archived }] },
    [true, false],
  ),
  batch(
    '3.2.4',
    'Properties',
    { action: write, resource: archived, evaluations: [{ subject: alice }, { subject: admin }] },
    [false, true],
  ),
  batch('3.2.5', 'Core', { evaluations: [plain, { subject: bob, action: write, resource: one }] }, [true, false]),
  batch(
    '3.2.6',
    'Core',
    {
      subject: alice,
      action: read,
      context: { time: context.time },
      evaluations: [
        { resource: one },
        { resource: two, context: { time: '2025-06-27T19:00-07:00', source: 'batch-override' } },
      ],
    },
    [true, null],
  ),
  batch(
    '3.2.7',
    'Properties',
    { subject: alice, action: write, resource: active, evaluations: [{}, { resource: archived }] },
    [true, false],
  ),
  batch(
    '3.4.1',
    'Core',
    {
      subject: alice,
      action: read,
      options: { evaluations_semantic: 'execute_all' },
      evaluations: [{ resource: one }, {}],
    },
    [true, false],
  ),
  { ...basic('3.4.2', 'Core', plain, true), level: 'Batch Core', api: 'evaluations' },
  { ...basic('3.4.3', 'Core', { ...plain, evaluations: [] }, true), level: 'Batch Core', api: 'evaluations' },
  wrong('2.4.3', 'evaluations', plain, { contentType: 'text/plain' }),
  wrong('2.4.4', 'evaluations', '{"evaluations":['),
  wrong('2.4.5', 'evaluations', ''),
  search('4.2.1', 'Core', 'subject', who, ['alice', 'bob']),
  search('4.2.2', 'Core', 'subject', { ...who, context }, ['alice', 'bob']),
  search('4.2.3', 'Core', 'subject', { ...who, subject: alice }, ['alice', 'bob']),
  search('4.2.4', 'Properties', 'subject', { subject: { type: 'user' }, action: write, resource: archived }, ['bob']),
  search('4.3.1', 'Core', 'resource', where, ['record-1']),
  search('4.3.2', 'Core', 'resource', { ...where, context }, ['record-1']),
  search('4.3.3', 'Core', 'resource', { ...where, resource: one }, ['record-1']),
  search('4.3.4', 'Properties', 'resource', { subject: admin, action: write, resource: { type: 'record' } }, [
    'record-2',
  ]),
  search('4.4.1', 'Core', 'action', what, ['read', 'write']),
  search('4.4.2', 'Core', 'action', { ...what, context }, ['read', 'write']),
  search('4.4.3', 'Properties', 'action', { subject: admin, resource: archived }, ['write']),
  search('4.5.1', 'Core', 'subject', { ...who, page: { limit: 1 } }, ['alice']),
  search('4.6.1', 'Core', 'action', { ...what, subject: { type: 'user', id: 'nonexistent-user' } }, []),
  search('4.6.1', 'Core', 'subject', { ...who, resource: { type: 'record', id: 'nonexistent' }, action: write }, [
    'alice',
  ]),
  search('4.6.1', 'Core', 'resource', { ...where, subject: { type: 'user', id: 'nonexistent-user' } }, []),
  search('4.6.2', 'Core', 'subject', { ...who, subject: { type: 'spaceship' } }, []),
  search('4.6.2', 'Core', 'resource', { ...where, resource: { type: 'spaceship' } }, []),
  search('4.6.2', 'Core', 'action', { ...what, subject: spaceship }, []),
  wrong('4.7.1', 'search/subject', { subject: { type: 'user' }, resource: one }),
  wrong('4.7.1', 'search/resource', { action: read, resource: { type: 'record' } }),
  wrong('4.7.1', 'search/action', { subject: alice }),
  wrong('4.7.2', 'search/subject', { subject: { type: 'user' }, action: read, resource: { type: 'record' } }),
  wrong('4.7.2', 'search/resource', { subject: { type: 'user' }, action: read, resource: { type: 'record' } }),
  wrong('4.7.2', 'search/action', { subject: { type: 'user' }, resource: one }),
]
