import { describe, expect, it } from 'vitest'
import type { Approval } from './approval/approval.ts'
import {
  insert,
  insertApproval,
  type Kept,
  meter,
  requireAbsent,
  requireVersion,
  rowKey,
  type TableName,
  touchedBy,
  update,
} from './change.ts'
import type { Purpose } from './register/purpose.ts'

const purpose: Purpose = { code: 'docs', title: 'Documents', classes: ['read'], ceiling: 'internal' }
const kept: Kept<Purpose> = { ...purpose, version: 3, entry: 7 }
const bounds = { add: { calls: 1 }, raise: {}, atMost: { calls: 5 } }

describe('a change', () => {
  it.each([
    ['puts a row as its first version', insert('purposes', purpose), 'purposes/docs@1#abc'],
    ['replaces a row by its next version', update('purposes', kept, purpose), 'purposes/docs@4#abc'],
    ['meters a row without a version or digest', meter('task_usage', 'tsk_1', bounds), 'task_usage/tsk_1'],
    ['guards a row and touches nothing', requireVersion('purposes', kept), null],
    ['guards an absence and touches nothing', requireAbsent('purposes', 'docs'), null],
  ])('%s', (_, change, touched) => {
    expect(touchedBy(change, 'abc')).toBe(touched)
  })

  it('guards the version that was read', () => {
    expect(update('purposes', kept, purpose)).toMatchObject({ ifVersion: 3 })
    expect(requireVersion('purposes', kept)).toMatchObject({ key: 'docs', version: 3 })
    expect(requireAbsent('purposes', 'docs')).toMatchObject({ key: 'docs', version: 0 })
  })

  it('of a tool names it by its server too', () => {
    const rule = {
      server: 'docs',
      tool: 'read',
      actionClass: 'read',
      resourceArgument: null,
      resourceKind: 'text',
      resourcePrefix: 'docs:',
      resourceRoot: '',
      resultIntegrity: 'trusted',
      definitionDigest: null,
      state: 'active',
    } as const
    expect(rowKey('tool_rules', rule)).toBe('docs/read')
  })

  it.each<[TableName, string]>([
    ['identities', 'id'],
    ['bindings', 'id'],
    ['persons', 'id'],
    ['login_links', 'id'],
    ['sessions', 'id'],
    ['purposes', 'code'],
    ['resource_rules', 'pattern'],
    ['catalogues', 'name'],
    ['entitlements', 'id'],
    ['approvals', 'id'],
    ['approval_uses', 'approvalId'],
    ['tasks', 'id'],
    ['task_usage', 'taskId'],
    ['credentials', 'id'],
    ['cutoffs', 'id'],
    ['seen_proofs', 'id'],
    ['signing_keys', 'id'],
    ['payloads', 'id'],
    ['person_logins', 'id'],
    ['person_rights', 'id'],
  ])('of %s names the row by its %s', (table, member) => {
    expect(rowKey(table, { [member]: 'key' } as never)).toBe('key')
    expect(requireVersion(table, { [member]: 'key', version: 2, entry: 1 } as never)).toEqual({
      op: 'require',
      table,
      key: 'key',
      version: 2,
    })
  })

  it('of what a chain has done names it by its root and the tool', () => {
    expect(rowKey('chain_acts', { rootId: 'tsk_1', name: 'docs/read' } as never)).toBe('tsk_1/docs/read')
  })

  it('that puts an approval puts the count of its uses beside it, at nothing', () => {
    const approval = { id: 'apr_1', state: 'pending' } as unknown as Approval
    expect(insertApproval(approval)).toEqual([
      { op: 'insert', table: 'approvals', row: approval },
      { op: 'insert', table: 'approval_uses', row: { approvalId: 'apr_1', uses: 0, spent: 0 } },
    ])
  })

  it('puts a row without what the store keeps beside it', () => {
    expect(insert('purposes', kept)).toEqual({ op: 'insert', table: 'purposes', row: purpose })
    expect(update('purposes', kept, kept)).toEqual({ op: 'update', table: 'purposes', row: purpose, ifVersion: 3 })
  })
})
