import { ACTION_CLASSES } from '../../src/contract/action-class.ts'
import type { Kept } from '../../src/contract/change.ts'
import { CLEAN_LABELS } from '../../src/contract/label.ts'
import type { DelegationGrant } from '../../src/contract/register/delegation-grant.ts'
import type { Entitlement } from '../../src/contract/register/entitlement.ts'
import type { Identity } from '../../src/contract/register/identity.ts'
import type { Person } from '../../src/contract/register/person.ts'
import type { Purpose, ToolRule } from '../../src/contract/register/purpose.ts'
import { newUsage, type Task, type TaskUsage } from '../../src/contract/task.ts'
import type { ActFacts } from '../../src/decide/laws/act.ts'
import { type Lineage, type Link, type Member, NO_GROUNDS, type Standing } from '../../src/decide/lineage.ts'
import { newIdentity, newTask } from '../contract/nouns.ts'

/** When the laws are asked. */
export const atMs = 1_000_000

/** A row as it is kept in its first version. */
export const kept = <Row>(row: Row): Kept<Row> => ({ ...row, version: 1, entry: 0 })

/** Somebody who is here, but for what is said of them. */
export const newPerson = (more: Partial<Person> = {}): Kept<Person> =>
  kept({
    id: 'psn_1',
    name: 'Ann',
    email: 'ann@example.test',
    roles: ['owner'],
    state: 'active',
    createdMs: 0,
    ...more,
  })

/** An entitlement in force to read documents, but for what is said of it. */
export const newEntitlement = (more: Partial<Entitlement> = {}): Kept<Entitlement> =>
  kept({
    id: 'ent_1',
    identityId: 'idn_1',
    scope: [{ action: 'docs/*', resource: 'docs:/*' }],
    classes: ['read'],
    ceiling: 'confidential',
    approval: 'none',
    reason: 'needed',
    requestedBy: 'psn_1',
    startsMs: 0,
    endsMs: atMs * 10,
    state: 'granted',
    ...more,
  })

/** An active identity with its owner, entitled to read. */
export const newMember = (identity: Partial<Identity> = {}, more: Partial<Member> = {}): Member => ({
  identity: kept(newIdentity(identity)),
  owner: newPerson(),
  entitlements: [newEntitlement()],
  ...more,
})

/** A purpose that covers reading, but for what is said of it. */
export const newPurpose = (more: Partial<Purpose> = {}): Kept<Purpose> =>
  kept({ code: 'work', title: 'Work', classes: ['read'], ceiling: 'confidential', ...more })

/** A reviewed tool that reads documents, but for what is said of it. */
export const newToolRule = (more: Partial<ToolRule> = {}): ToolRule => ({
  server: 'docs',
  tool: 'read',
  actionClass: 'read',
  resourceArgument: 'path',
  resourceKind: 'path',
  resourcePrefix: 'docs:/',
  resourceRoot: '/srv/docs',
  resultIntegrity: 'trusted',
  definitionDigest: null,
  state: 'active',
  ...more,
})

/** A hop that may read documents, with a budget of ten calls, five of them writes, and a thousand bytes. */
export function newLink(task: Partial<Task> = {}, usage: Partial<TaskUsage> = {}, more: Partial<Link> = {}): Link {
  const row = newTask({
    scope: [{ action: 'docs/*', resource: 'docs:/*' }],
    budget: { callsMax: 10, writesMax: 5, bytesMax: 1_000 },
    endsMs: atMs + 1_000,
    ...task,
  })
  return {
    ...newMember(),
    task: kept(row),
    usage: kept({ ...newUsage(row, CLEAN_LABELS), ...usage }),
    purpose: newPurpose(),
    binding: undefined,
    ...more,
  }
}

/** All whose fall takes a decision with it, standing. */
export const newStanding = (more: Partial<Standing> = {}): Standing => ({
  atMs,
  members: [newMember()],
  bindings: [],
  tasks: [],
  credential: undefined,
  behalf: [],
  grounds: NO_GROUNDS,
  cutoffs: [],
  ...more,
})

/** A chain of these hops, of which the last acts. */
export function newLineage(links: readonly [Link, ...Link[]] = [newLink()]): Lineage {
  return { links, own: links.at(-1) ?? links[0], standing: newStanding({ members: links }), rights: [] }
}

/** A grant by which one identity may act for another in everything, but for what is said of it. */
export const newGrant = (more: Partial<DelegationGrant> = {}): DelegationGrant => ({
  id: 'dlg_1',
  from: 'idn_1',
  to: 'idn_2',
  fromOwner: 'psn_1',
  toOwner: 'psn_1',
  scope: [{ action: '*', resource: '*' }],
  classes: [...ACTION_CLASSES],
  ceiling: 'restricted',
  depthMax: 4,
  reason: 'they work together',
  approvalId: 'apr_grant',
  createdMs: 0,
  startsMs: 0,
  endsMs: Number.MAX_SAFE_INTEGER,
  state: 'granted',
  ...more,
})

/** A read of one internal page by a task of its own that has done nothing yet, but for what is said of it. */
export const newActFacts = (more: Partial<ActFacts> = {}): ActFacts => ({
  lineage: newLineage(),
  memory: { ranks: { confidentiality: 0, integrity: 0 }, from: [] },
  name: 'docs/read',
  actionClass: 'read',
  isAsked: false,
  tool: 'known',
  argumentFault: null,
  targetFault: null,
  resources: [{ id: 'docs:/a', sensitivity: 'internal' }],
  catalogue: undefined,
  tolls: [],
  history: { rootId: 'tsk_1', acts: [], isTold: false, isToldHere: false },
  ...more,
})
