import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CUTOFF_TARGETS } from '../../contract/cutoff.ts'
import { LIVING_TASK_STATES } from '../../contract/task.ts'
import { systemClock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import { createAuthenticateStore } from '../authenticate.ts'
import { createDecideStore } from '../decide.ts'
import { ask, type Columns, type Engine, type Statement } from '../engine.ts'
import { createIssueStore } from '../issue.ts'
import { migrate } from '../migrate.ts'
import { createRegisterStore } from '../register.ts'
import { createRevokeStore } from '../revoke.ts'
import { createRows, type Rows } from '../rows.ts'
import { openSqlite } from '../sqlite.ts'

const page = { limit: 50, after: 'x' }
const two = ['a', 'b'] as const

/** What each room looks for by anything but keys, and in what index that is found: none of it goes through a whole table. */
const SEARCHES: readonly (readonly [name: string, index: string, search: (rooms: Rooms) => Promise<unknown>])[] = [
  ['bindings of one subject', 'bindings_by_subject', ({ knows }) => knows.findBindings('i', ['a'])],
  ['bindings of several subjects', 'bindings_by_subject', ({ knows }) => knows.findBindings('i', two)],
  ['bindings of several, to add one', 'bindings_by_subject', ({ holds }) => holds.bindingsFor('i', two)],
  ['bindings of an issuer', 'bindings_by_issuer', ({ holds }) => holds.bindingsOfIssuer('i', page)],
  ['bindings of several identities', 'bindings_by_identity_id', ({ judges }) => judges.bindingsOf(two)],
  ['a login', 'person_logins_one_live_login', ({ knows }) => knows.findPersonLogin('i', 's')],
  ['logins of a person', 'person_logins_by_person_id', ({ knows }) => knows.loginsOf('p')],
  ['a person by their mail address', 'persons_one_email', ({ knows }) => knows.findPersonByEmail('m')],
  ['an identity by its name', 'identities_one_name', ({ judges }) => judges.identityNamed('n')],
  ['identities in a state', 'identities_by_state', ({ holds }) => holds.identities('active', page)],
  ['identities of a vendor', 'identities_by_vendor', ({ holds }) => holds.identitiesOfVendor('v', page)],
  ['identities of an owner', 'identities_by_owner_state', ({ holds }) => holds.identitiesOwnedBy('o', 'active', page)],
  ['how many identities several own', 'identities_by_owner', ({ holds }) => holds.ownedCount(two)],
  [
    'how many several sponsor',
    'identities_by_sponsor',
    ({ holds }) => holds.sponsoredCount(two, ['pending', 'active']),
  ],
  ['how many of them act', 'identities_by_owner_state', ({ holds }) => holds.ownedCount(two, ['pending', 'active'])],
  ['people who left', 'persons_by_state', ({ holds }) => holds.peopleWhoLeft(page)],
  ['how many identities there are in a state', 'identities_by_state', ({ holds }) => holds.identityCount('active')],
  ['how many identities an issuer has shown', 'identities_by_found_at', ({ holds }) => holds.discoveredAt('i')],
  ['identities an issuer has shown', 'identities_by_found_at', ({ holds }) => holds.identitiesFoundAt('i', page)],
  ['entitlements of one', 'entitlements_by_identity_id', ({ judges }) => judges.entitlementsOf(['a'])],
  ['entitlements of a chain', 'entitlements_by_identity_id', ({ judges }) => judges.entitlementsOf(two)],
  ['rights of several persons', 'person_rights_by_person_id', ({ judges }) => judges.rightsOf(two)],
  ['acts of a chain', 'chain_acts_by_root_id', ({ judges }) => judges.chainActs('t')],
  ['grants of one', 'delegation_grants_by_from_id', ({ holds }) => holds.delegationGrantsFrom('a', page)],
  ['grants to one', 'delegation_grants_by_to_id', ({ holds }) => holds.delegationGrantsTo('a', page)],
  ['grants between two', 'delegation_grants_by_from_id_to_id', ({ judges }) => judges.grantsBetween('a', 'b')],
  ['rules of several servers', 'tool_rules_by_server', ({ judges }) => judges.toolRulesOf(two)],
  ['approvals for a call', 'approvals_by_digest', ({ judges }) => judges.approvalsFor('t', 'd')],
  ['approvals that wait', 'approvals_by_subject_id', ({ judges }) => judges.pendingApprovalsOf('t', 5)],
  ['approvals that were used', 'approvals_by_subject_id', ({ judges }) => judges.usedOf('t', 5)],
  ['what people said no to of one asker', 'approvals_by_asker_state', ({ judges }) => judges.deniedTo('a', 5, 5)],
  ['what waits of one asker', 'approvals_by_asker_state', ({ judges }) => judges.pendingBy('a', 5, 5)],
  ['tasks of one asker that wait', 'approvals_by_asker_state', ({ holds }) => holds.approvalsBy('a', 'pending', page)],
  ['approvals to take back', 'approvals_by_subject_id', ({ revokes }) => revokes.openApprovalsAbout('t', 5)],
  ['callbacks that wait', 'callbacks_by_state', ({ holds }) => holds.waitingCallbacks(page)],
  ['versions of policies', 'policy_versions_by_domain', ({ holds }) => holds.policyVersions('remit', page)],
  [
    'tasks of one in a state',
    'tasks_by_identity_id_state',
    ({ holds }) => holds.tasks({ identityId: 'a', state: ['active'] }, page),
  ],
  [
    'tasks of many',
    'tasks_by_identity_id_state',
    ({ rows }) => rows.find('tasks', { identity_id: two, state: two }, page),
  ],
  [
    'living tasks of one',
    'tasks_by_identity_id_state',
    ({ holds }) => holds.tasks({ identityId: 'a', state: LIVING_TASK_STATES }, page),
  ],
  [
    'living tasks of one, to end them',
    'tasks_by_identity_id_state',
    ({ revokes }) => revokes.livingTasksOf('identity', 'a')(5),
  ],
  [
    'tasks of a binding, to end them',
    'tasks_by_binding_id_state',
    ({ revokes }) => revokes.livingTasksOf('binding', 'a')(5),
  ],
  ['living tasks', 'tasks_by_state', ({ holds }) => holds.tasks({ state: LIVING_TASK_STATES }, page)],
  ['tasks in a state', 'tasks_by_state', ({ holds }) => holds.tasks({ state: 'active' }, page)],
  ['tasks below one', 'tasks_by_parent_id', ({ holds }) => holds.tasks({ parentId: 't' }, page)],
  ['tasks under a root', 'tasks_by_root_id', ({ revokes }) => revokes.livingTasksUnder('t', 5)],
  ['tasks from a credential', 'tasks_by_from_credential_id', ({ revokes }) => revokes.livingTasksFrom('c', 5)],
  ['tasks under a grant', 'tasks_by_grant_id_state', ({ revokes }) => revokes.livingTasksUnderGrant('g', 5)],
  ['tasks for a person', 'tasks_by_opened_for_state', ({ revokes }) => revokes.livingTasksOpenedFor('p', page)],
  ['tasks for several', 'tasks_by_opened_for_state', ({ revokes }) => revokes.livingTasksOpenedFor(two, page)],
  ['tasks whose end has come', 'tasks_by_state_ends_ms', ({ revokes }) => revokes.overdueTasks(1, 5)],
  ['credentials of a task', 'credentials_by_task_id', ({ revokes }) => revokes.livingCredentialsOf('t', 5)],
  ['cutoffs of servers', 'sqlite_autoindex_cutoffs_1', ({ issues }) => issues.upstreamCutoffs()],
  ['credentials in a state', 'credentials_by_state', ({ issues }) => issues.credentials('revoked', page)],
]

interface Rooms {
  readonly rows: Rows
  readonly knows: ReturnType<typeof createAuthenticateStore>
  readonly judges: ReturnType<typeof createDecideStore>
  readonly holds: ReturnType<typeof createRegisterStore>
  readonly revokes: ReturnType<typeof createRevokeStore>
  readonly issues: ReturnType<typeof createIssueStore>
}

describe('what is looked for', () => {
  const home = mkdtempSync(join(tmpdir(), 'remit-plans-'))
  let engine: Engine
  let asked: Statement[] = []
  beforeAll(async () => {
    engine = await openSqlite(join(home, 'store.db'), 0)
    await migrate(engine, systemClock, 'test')
    await engine.guideReads()
  })
  afterAll(async () => {
    await engine.close()
    rmSync(home, { recursive: true, force: true })
  })
  const furnish = (): Rooms => {
    const read: Engine['read'] = (statement) => {
      asked.push(statement)
      return engine.read(statement)
    }
    const noting: Engine = { ...engine, read }
    const rows = createRows(noting, 'acme')
    return {
      rows,
      knows: createAuthenticateStore(rows),
      judges: createDecideStore(rows),
      holds: createRegisterStore(rows),
      revokes: createRevokeStore(rows),
      issues: createIssueStore(rows, systemClock),
    }
  }
  const planOf = async (): Promise<string> => {
    const [statement] = asked
    if (statement === undefined) throw new Error('nothing was asked of the store')
    const steps = await engine.read({ ...statement, sql: `explain query plan ${statement.sql}` })
    return steps.map(({ detail }) => detail).join('; ')
  }

  it.each(SEARCHES)('%s is found in the index %s', async (_, index, search) => {
    asked = []
    await search(furnish())
    expect(await planOf()).toMatch(new RegExp(`^SEARCH \\w+ USING (COVERING )?INDEX ${index} \\(org=\\? AND`))
  })

  it('what tasks have read is found in the index of each label, in one question', async () => {
    asked = []
    await furnish().judges.labelsSince('a', 1)
    expect(asked).toHaveLength(1)
    const searches = (await planOf()).split('; ').filter((step) => /task_usage/.test(step))
    const inIndex = (name: string): string =>
      `SEARCH task_usage USING INDEX task_usage_by_identity_id_${name} (org=? AND identity_id=? AND ${name}=? AND key>?)`
    const confidential = inIndex('confidentiality')
    expect(searches).toEqual([confidential, confidential, confidential, inIndex('integrity')])
  })

  it.each(CUTOFF_TARGETS.filter((target) => target !== 'upstream' && target !== 'task'))(
    'what a cutoff of a %s ends is found in an index',
    async (target) => {
      asked = []
      await furnish().revokes.livingTasksOf(target, 'x')(5)
      expect(await planOf()).toMatch(/^SEARCH \w+ USING INDEX (tasks_by_\w+|identities_by_(owner|vendor)) \(org=\? AND/)
    },
  )

  it.each<
    readonly [what: string, index: string, search: (rooms: Rooms, values: readonly string[]) => Promise<unknown>]
  >([
    ['subjects', 'bindings_by_subject', ({ knows }, subjects) => knows.findBindings('i', subjects)],
    ['identities, their bindings', 'bindings_by_identity_id', ({ judges }, ids) => judges.bindingsOf(ids)],
    ['identities, their entitlements', 'entitlements_by_identity_id', ({ judges }, ids) => judges.entitlementsOf(ids)],
    ['persons, their rights', 'person_rights_by_person_id', ({ judges }, ids) => judges.rightsOf(ids)],
    ['servers, their rules', 'tool_rules_by_server', ({ judges }, servers) => judges.toolRulesOf(servers)],
    [
      'identities, their living tasks',
      'tasks_by_identity_id_state',
      ({ rows }, ids) => rows.find('tasks', { identity_id: ids, state: two }, { limit: 5 }),
    ],
  ])('of many %s are found in the index %s, however many', async (_, index, search) => {
    for (let count = 2; count <= LIMITS.storeKeysMax; count *= 2) {
      asked = []
      await search(
        furnish(),
        Array.from({ length: count }, (_, at) => `idn_${at}`),
      )
      expect(await planOf()).toMatch(new RegExp(`^SEARCH \\w+ USING INDEX ${index} \\(org=\\? AND`))
    }
  })

  it.each([1, 2, 512])('%i rows are found by their keys', async (count) => {
    asked = []
    await furnish().judges.tasks(Array.from({ length: count }, (_, at) => `tsk_${at}`))
    expect(await planOf()).toMatch(/^SEARCH tasks USING INDEX sqlite_autoindex_tasks_1 \(org=\? AND key=\?\)/)
  })

  const noted = (): Promise<readonly Columns[]> =>
    engine.read({
      sql: 'select rowid, tbl, idx, cast(stat as text) as stat from sqlite_stat1 order by rowid',
      values: [],
    })
  const plainly = (rows: readonly Columns[]): unknown => rows.map(({ tbl, idx, stat }) => [tbl, idx, stat])

  it('is noted once: a store that says the same already is left as it is', async () => {
    const before = await noted()
    await engine.guideReads()
    expect(await noted()).toEqual(before)
  })

  it.each([
    ['what SQLite has counted', 'analyze'],
    ['nothing', 'drop table sqlite_stat1'],
    ['another table', "update sqlite_stat1 set tbl = 'heads'"],
    ['no table at all', 'update sqlite_stat1 set tbl = null, idx = null'],
    [
      'one index twice, another never',
      'update sqlite_stat1 set (tbl, idx, stat) = (select tbl, idx, stat from sqlite_stat1) where rowid = (select max(rowid) from sqlite_stat1)',
    ],
    ['a number larger than any of ours', 'update sqlite_stat1 set stat = 9223372036854775807'],
    ['bytes', "update sqlite_stat1 set stat = x'00ff'"],
    ['words that have SQLite pass over indexes', "update sqlite_stat1 set stat = stat || ' unordered noskipscan'"],
    ['what is of no store', "insert into sqlite_stat1 values ('theirs', 'theirs_by_key', '1 1')"],
    [
      'a hundred thousand notes',
      "insert into sqlite_stat1 with recursive n (i) as (select 1 union all select i + 1 from n where i < 100000) select 'tasks', 'tasks_by_state', '9 ' || i from n",
    ],
  ])('a store that says %s is put right', async (_, edit) => {
    const before = await noted()
    await engine.transact(() => ask(edit))
    await engine.guideReads()
    expect(plainly(await noted())).toEqual(plainly(before))
  })
})
