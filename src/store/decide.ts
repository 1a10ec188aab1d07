import type { Kept, Tables } from '../contract/change.ts'
import type { Catalogue } from '../contract/register/purpose.ts'
import type { DecideStore } from '../decide/store.ts'
import { idFloor } from '../ground/ids.ts'
import { readLabels } from './read-labels.ts'
import type { Resident } from './resident.ts'
import type { Rows, Where } from './rows.ts'
import { getToolRule } from './tool-rule.ts'

/** Keeps what deciding reads. */
export function createDecideStore(rows: Rows, resident: Resident | null = null): DecideStore {
  return {
    moves: () => resident?.moves() ?? null,
    standingMoves: () => resident?.standingMoves() ?? null,
    identities: (ids) => rows.getMany('identities', ids),
    identityNamed: async (name) => (await rows.find('identities', { name }))[0],
    persons: (ids) => rows.getMany('persons', ids),
    purposes: (codes) => rows.getMany('purposes', codes),
    entitlementsOf: (identityIds) => rows.find('entitlements', { identity_id: identityIds, state: 'granted' }),
    rightsOf: (personIds) => rows.find('person_rights', { person_id: personIds, state: 'granted' }),
    tasks: (ids) => rows.getMany('tasks', ids),
    usages: (taskIds) => rows.getMany('task_usage', taskIds),
    chainActs: (rootId) => rows.find('chain_acts', { root_id: rootId }),
    tallies: (ids) => rows.getMany('tallies', ids),
    labelsSince: (identityId, sinceMs) => readLabels(rows, resident, identityId, idFloor('task', sinceMs)),
    credential: (id) => rows.get('credentials', id),
    credentials: (ids) => rows.getMany('credentials', ids),
    rights: (ids) => rows.getMany('person_rights', ids),
    grants: (ids) => rows.getMany('delegation_grants', ids),
    logins: (ids) => rows.getMany('person_logins', ids),
    grantsBetween: (from, to) => rows.find('delegation_grants', { from_id: from, to_id: to }),
    bindingsOf: (identityIds) => rows.find('bindings', { identity_id: identityIds }),
    bindings: (ids) => rows.getMany('bindings', ids),
    toolRule: (server, tool) => getToolRule(rows, server, tool),
    toolRulesOf: (servers) => rows.findAll('tool_rules', { server: servers }),
    resourceRules: keepList(rows, 'resources', 'resource_rules'),
    limits: keepList(rows, 'limits', 'limits'),
    cutoffs: (ids) => rows.getMany('cutoffs', ids),
    approval: (id) => rows.get('approvals', id),
    approvalsFor: (subjectId, digest) => rows.find('approvals', { subject_id: subjectId, digest }),
    pendingApprovalsOf: (subjectId, limit) =>
      rows.find('approvals', { subject_id: subjectId, state: 'pending' }, { limit }),
    approvedOf: (subjectId, limit) =>
      rows.find('approvals', { subject_id: subjectId, state: 'approved' }, { limit, newestFirst: true }),
    usedOf: (subjectId, limit) =>
      rows.find('approvals', { subject_id: subjectId, state: 'used' }, { limit, newestFirst: true }),
    deniedTo: (asker, sinceMs, limit) =>
      rows.find('approvals', { asker, state: 'denied' }, { after: idFloor('approval', sinceMs), limit }),
    pendingBy: (asker, sinceMs, limit) =>
      rows.find('approvals', { asker, state: 'pending' }, { after: idFloor('approval', sinceMs), limit }),
    approvalUses: (approvalIds) => rows.getMany('approval_uses', approvalIds),
  }
}

/** Reads a list once for each version of its catalogue; without one, each time. */
function keepList<T extends 'resource_rules' | 'limits'>(
  rows: Rows,
  name: Catalogue['name'],
  table: T,
): () => Promise<{ readonly catalogue: Kept<Catalogue> | undefined; readonly rules: readonly Kept<Tables[T]>[] }> {
  let known: Awaited<ReturnType<ReturnType<typeof keepList<T>>>> = { catalogue: undefined, rules: [] }
  return async () => {
    const catalogue = await rows.get('catalogues', name)
    if (catalogue !== undefined && catalogue.version === known.catalogue?.version) return known
    const isEmpty = catalogue === undefined && name === 'limits' // the first limit brings it along
    const read = { catalogue, rules: isEmpty ? [] : await rows.find(table, {} as Where<T>) } // every row
    known = read
    return read
  }
}
