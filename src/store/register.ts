import type { RegisterStore } from '../register/store.ts'
import { areLiving, findLivingTasks } from './living-tasks.ts'
import type { Rows } from './rows.ts'
import { getToolRule, getToolRules } from './tool-rule.ts'

/** Keeps what the register reads. */
export function createRegisterStore(rows: Rows): RegisterStore {
  return {
    identity: (id) => rows.get('identities', id),
    identityNamed: async (name) => (await rows.find('identities', { name }))[0],
    identities: (state, page) => rows.find('identities', given({ state }), page),
    identityCount: (state) => rows.count('identities', { state }),
    discoveredAt: (issuer) => rows.count('identities', { found_at: issuer }),
    identitiesFoundAt: (issuer, page) => rows.find('identities', { found_at: issuer }, page),
    identitiesOfVendor: (vendor, page) => rows.find('identities', { vendor }, page),
    identitiesOwnedBy: (owner, state, page) => rows.find('identities', { owner, state }, page),
    ownedCount: (owner, state) => rows.count('identities', { owner, ...given({ state }) }),
    sponsoredCount: (sponsor, state) => rows.count('identities', { sponsor, state }),
    binding: (id) => rows.get('bindings', id),
    bindingsOf: (identityId) => rows.find('bindings', { identity_id: identityId }),
    bindingsFor: (issuer, subjects) => rows.find('bindings', { issuer, subject: subjects }),
    bindingsOfIssuer: (issuer, page) => rows.find('bindings', { issuer }, page),
    entitlementsOf: (identityId) => rows.find('entitlements', { identity_id: identityId }),
    person: (id) => rows.get('persons', id),
    persons: (page) => rows.find('persons', {}, page),
    peopleWhoLeft: (page) => rows.find('persons', { state: 'left' }, page),
    delegationGrant: (id) => rows.get('delegation_grants', id),
    delegationGrantsFrom: (identityId, page) => rows.find('delegation_grants', { from_id: identityId }, page),
    delegationGrantsTo: (identityId, page) => rows.find('delegation_grants', { to_id: identityId }, page),
    right: (id) => rows.get('person_rights', id),
    rightsOf: (personId) => rows.find('person_rights', { person_id: personId }),
    login: (id) => rows.get('person_logins', id),
    loginsOf: (personId) => rows.find('person_logins', { person_id: personId }),
    codesOf: (personId) => rows.find('authorization_codes', { person_id: personId }),
    session: (id) => rows.get('sessions', id),
    purpose: (code) => rows.get('purposes', code),
    purposes: (page) => rows.find('purposes', {}, page),
    resourceRule: (pattern) => rows.get('resource_rules', pattern),
    catalogue: (name) => rows.get('catalogues', name),
    limit: (name) => rows.get('limits', name),
    limits: (page) => rows.find('limits', {}, page),
    resourceRules: (page) => rows.find('resource_rules', {}, page),
    toolRule: (server, tool) => getToolRule(rows, server, tool),
    toolRulesOf: (server, tools) => getToolRules(rows, server, tools),
    toolRulesAt: (server) => rows.findAll('tool_rules', { server }),
    toolRules: (page) => rows.find('tool_rules', {}, page),
    approval: (id) => rows.get('approvals', id),
    approvals: (state, page) => rows.find('approvals', given({ state }), page),
    approvalsAbout: (subjectId) => rows.find('approvals', { subject_id: subjectId }),
    approvalsBy: (asker, state, page) => rows.find('approvals', { asker, state }, page),
    callback: (id) => rows.get('callbacks', id),
    waitingCallbacks: (page) => rows.find('callbacks', { state: 'waiting' }, page),
    approvalUse: (approvalId) => rows.get('approval_uses', approvalId),
    policyDomain: (name) => rows.get('policy_domains', name),
    policyDomains: (page) => rows.find('policy_domains', {}, page),
    policyVersion: (id) => rows.get('policy_versions', id),
    policyVersions: (domain, page) => rows.find('policy_versions', { domain }, page),
    payload: (id) => rows.get('payloads', id),
    taskUsage: (taskId) => rows.get('task_usage', taskId),
    taskUsages: (taskIds) => rows.getMany('task_usage', taskIds),
    task: (id) => rows.get('tasks', id),
    tasks: ({ state, identityId, parentId, grantId }, page) => {
      const where = given({ identity_id: identityId, parent_id: parentId, grant_id: grantId })
      return parentId === undefined && grantId === undefined && areLiving(state)
        ? findLivingTasks(rows, where, page)
        : rows.find('tasks', { ...where, ...given({ state }) }, page)
    },
  }
}

/** Leaves out what was not asked for. */
function given<T extends object>(where: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
