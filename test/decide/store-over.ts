import type { Approval } from '../../src/contract/approval/approval.ts'
import type { Kept, TableName, Tables } from '../../src/contract/change.ts'
import type { DecideStore } from '../../src/decide/store.ts'
import type { Rows } from './rows.ts'

/** The store of the room over these rows. `reads` counts calls. */
export function storeOver(rows: Rows, count: () => void = () => {}): DecideStore {
  const many =
    <T extends TableName>(table: T) =>
    async (ids: readonly string[]): Promise<readonly Kept<Tables[T]>[]> => {
      count()
      return [...new Set(ids)].flatMap((id) => rows.get(table, id) ?? [])
    }
  const where = async <T extends TableName>(
    table: T,
    holds: (row: Kept<Tables[T]>) => boolean,
  ): Promise<readonly Kept<Tables[T]>[]> => {
    count()
    return rows.all(table).filter(holds)
  }
  return {
    moves: () => rows.moves,
    standingMoves: () => rows.moves,
    identities: many('identities'),
    identityNamed: async (name) => (await where('identities', (row) => row.name === name))[0],
    persons: many('persons'),
    purposes: many('purposes'),
    entitlementsOf: (ids) => where('entitlements', (row) => ids.includes(row.identityId) && row.state === 'granted'),
    rightsOf: (ids) => where('person_rights', (row) => ids.includes(row.personId) && row.state === 'granted'),
    tasks: many('tasks'),
    usages: many('task_usage'),
    chainActs: (rootId) => where('chain_acts', (row) => row.rootId === rootId),
    tallies: many('tallies'),
    labelsSince: (identityId, sinceMs) =>
      where(
        'task_usage',
        (row) =>
          row.identityId === identityId &&
          (row.confidentiality > 0 || row.integrity > 0) &&
          (rows.get('tasks', row.taskId)?.createdMs ?? 0) >= sinceMs,
      ),
    credential: async (id) => (await many('credentials')([id]))[0],
    credentials: many('credentials'),
    rights: many('person_rights'),
    grants: many('delegation_grants'),
    logins: many('person_logins'),
    grantsBetween: (from, to) => where('delegation_grants', (row) => row.from === from && row.to === to),
    bindingsOf: (ids) => where('bindings', (row) => ids.includes(row.identityId)),
    bindings: many('bindings'),
    toolRule: async (server, tool) => (await many('tool_rules')([`${server}/${tool}`]))[0],
    toolRulesOf: (servers) => where('tool_rules', (row) => servers.includes(row.server)),
    limits: async () => ({ catalogue: rows.get('catalogues', 'limits'), rules: await where('limits', () => true) }),
    resourceRules: async () => ({
      catalogue: rows.get('catalogues', 'resources'),
      rules: await where('resource_rules', () => true),
    }),
    cutoffs: many('cutoffs'),
    approval: async (id) => rows.get('approvals', id),
    approvalsFor: (subjectId, digest) =>
      where('approvals', (row) => row.subjectId === subjectId && row.digest === digest),
    ...approvalsOver(where),
    approvalUses: many('approval_uses'),
  }
}

type ApprovalReads = Pick<DecideStore, 'pendingApprovalsOf' | 'approvedOf' | 'usedOf' | 'deniedTo' | 'pendingBy'>
type Find = (table: 'approvals', holds: (row: Kept<Approval>) => boolean) => Promise<readonly Kept<Approval>[]>

function approvalsOver(where: Find): ApprovalReads {
  const about =
    (state: string, newestFirst = false) =>
    async (subjectId: string, limit: number): Promise<readonly Kept<Approval>[]> => {
      const found = await where('approvals', (row) => row.subjectId === subjectId && row.state === state)
      return (newestFirst ? found.toReversed() : found).slice(0, limit)
    }
  const putBy =
    (state: string) =>
    async (asker: string, sinceMs: number, limit: number): Promise<readonly Kept<Approval>[]> =>
      (await where('approvals', (row) => row.asker === asker && row.state === state && row.createdMs >= sinceMs)).slice(
        0,
        limit,
      )
  return {
    pendingApprovalsOf: about('pending'),
    approvedOf: about('approved', true),
    usedOf: about('used', true),
    deniedTo: putBy('denied'),
    pendingBy: putBy('pending'),
  }
}
