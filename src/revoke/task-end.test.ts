import { describe, expect, it } from 'vitest'
import { Rows } from '../../test/decide/rows.ts'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import { createTestClock, openTestLog } from '../../test/record/open-test-log.ts'
import { sampleApproval, sampleCredential, sampleMs, sampleTask } from '../../test/register/samples.ts'
import type { Kept } from '../contract/change.ts'
import { TASK_STATES, type Task } from '../contract/task.ts'
import { LIMITS } from '../ground/limits.ts'
import type { RevokeStore } from './store.ts'
import { endTask, readSubtree, revokeCredential, revokeRest } from './task-end.ts'

const actor = { kind: 'system', id: 'remit' } as const
const how = { end: 'completed', because: 'done', actor, atMs: sampleMs + 9 } as const
const LIVING: readonly Task['state'][] = ['active', 'waiting']

/** The rows of a room as its store gives them. */
function storeOver(rows: Rows): RevokeStore {
  const cutoffs: RevokeStore['cutoffs'] = async ({ limit }) => rows.all('cutoffs').slice(0, limit)
  const living = (): Kept<Task>[] => rows.all('tasks').filter((task) => LIVING.includes(task.state))
  return {
    task: async (id) => rows.get('tasks', id),
    livingTasksUnder: async (rootId, limit) =>
      living()
        .filter((task) => task.rootId === rootId)
        .slice(0, limit),
    livingTasksOf: (_, id) => async (limit) =>
      living()
        .filter((task) => task.identityId === id)
        .slice(0, limit),
    livingTasksFrom: async (id, limit) =>
      living()
        .filter((task) => task.fromCredentialId === id)
        .slice(0, limit),
    livingTasksUnderGrant: async (id, limit) =>
      living()
        .filter((task) => task.grantId === id)
        .slice(0, limit),
    livingTasksOpenedFor: async (id, { limit }) =>
      living()
        .filter((task) => task.onBehalfOf === id)
        .slice(0, limit),
    overdueTasks: async (atMs, limit) =>
      living()
        .filter((task) => task.endsMs <= atMs)
        .slice(0, limit),
    livingCredentialsOf: async (taskId, limit) =>
      rows
        .all('credentials')
        .filter((row) => row.taskId === taskId && row.state !== 'revoked')
        .slice(0, limit),
    credential: async (id) => rows.get('credentials', id),
    openApprovalsAbout: async (id, limit) =>
      rows
        .all('approvals')
        .filter((row) => row.subjectId === id && ['pending', 'approved'].includes(row.state))
        .slice(0, limit),
    cutoff: async (id) => rows.get('cutoffs', id),
    cutoffsOf: async (ids) => rows.all('cutoffs').filter((row) => ids.includes(row.id)),
    cutoffs,
  }
}

function layOut() {
  const rows = new Rows()
  const root = rows.put('tasks', sampleTask('tsk_root', 'idn_a'))
  const child = rows.put('tasks', sampleTask('tsk_child', 'idn_b', root))
  const grandchild = rows.put('tasks', sampleTask('tsk_grandchild', 'idn_c', child))
  const sibling = rows.put('tasks', sampleTask('tsk_sibling', 'idn_d', root))
  rows.put('tasks', sampleTask('tsk_other', 'idn_a'))
  return { rows, store: storeOver(rows), root, child, grandchild, sibling }
}

describe('what is below a task', () => {
  it('is every living task that came out of it, parents first, and no other', async () => {
    const { store, rows, root, child, sibling } = layOut()
    rows.put('tasks', { ...sibling, state: 'completed' })
    expect((await readSubtree(store, root)).map((task) => task.id)).toEqual(['tsk_root', 'tsk_child', 'tsk_grandchild'])
    expect((await readSubtree(store, child)).map((task) => task.id)).toEqual(['tsk_child', 'tsk_grandchild'])
    expect((await readSubtree(store, sibling)).map((task) => task.id)).toEqual(['tsk_sibling'])
  })

  it('a task that waits for a person falls too', async () => {
    const { store, rows, root, child } = layOut()
    rows.put('tasks', { ...child, state: 'waiting' })
    expect((await readSubtree(store, root)).map((task) => task.id)).toContain('tsk_child')
  })
})

describe('the end of a task', () => {
  it('takes its credentials and its open approvals with it, in one entry', async () => {
    const { store, rows, child, root } = layOut()
    rows.put('credentials', sampleCredential('crd_issued', child))
    rows.put('credentials', sampleCredential('crd_intended', child, { state: 'intended' }))
    rows.put('credentials', sampleCredential('crd_gone', child, { state: 'revoked' }))
    rows.put('credentials', sampleCredential('crd_root', root))
    for (const state of ['pending', 'approved', 'used', 'denied'] as const)
      rows.put('approvals', sampleApproval({ id: `apr_${state}`, subject: 'call', subjectId: child.id, state }))
    const { fact, credentials, isMore } = await endTask(store, child, how)
    expect([credentials, isMore]).toEqual([2, false])
    expect(fact.entry).toMatchObject({
      kind: 'task.ended',
      subject: { kind: 'task', id: child.id },
      data: {
        end: 'completed',
        because: 'done',
        rootId: root.id,
        credentials: ['crd_issued', 'crd_intended'],
        approvals: ['apr_pending', 'apr_approved'],
      },
    })
    rows.commit(fact.changes)
    expect(rows.get('tasks', child.id)).toMatchObject({
      state: 'completed',
      endedMs: sampleMs + 9,
      endedBecause: 'done',
    })
    expect(rows.all('credentials').map((row) => [row.id, row.state])).toEqual([
      ['crd_issued', 'revoked'],
      ['crd_intended', 'revoked'],
      ['crd_gone', 'revoked'],
      ['crd_root', 'issued'],
    ])
    expect(rows.all('approvals').map((row) => row.state)).toEqual(['expired', 'expired', 'used', 'denied'])
  })

  it.each(TASK_STATES.filter((state) => !LIVING.includes(state)))('can be %s, and is written once', async (end) => {
    const { store, rows, child } = layOut()
    const { fact } = await endTask(store, child, { ...how, end: end as 'failed' })
    rows.commit(fact.changes)
    expect(rows.get('tasks', child.id)?.state).toBe(end)
    expect(() => rows.commit(fact.changes)).toThrow(expect.objectContaining({ code: 'conflict' }))
  })

  it('fits into an entry, however many credentials and approvals the task has', async () => {
    const { store, rows, child } = layOut()
    const id = (name: string, at: number): string => `${name}_${String(at).padStart(26, '0')}`
    for (let at = 0; at < 1_500; at += 1) {
      rows.put('credentials', sampleCredential(id('crd', at), child))
      rows.put('approvals', sampleApproval({ id: id('apr', at), subject: 'call', subjectId: child.id }))
    }
    const log = await openTestLog(createMemoryStore(), { clock: createTestClock() })
    const { fact, isMore } = await endTask(store, child, how)
    expect(isMore).toBe(true)
    await log.record({ ...fact, changes: fact.changes.map(toInsert) })
    expect(log.head().size).toBe(1)
    rows.commit(fact.changes)
    expect(rows.get('tasks', child.id)?.state).toBe('completed')
    let rest = await revokeRest(store, child.id, how)
    for (; rest.length > 0; rest = await revokeRest(store, child.id, how))
      for (const one of rest) rows.commit(one.changes)
    expect(rows.all('credentials').filter((row) => row.state !== 'revoked')).toEqual([])
    await log.close()
  })

  it(`names at most ${LIMITS.endedRowsPerFact} credentials, and says that there are more`, async () => {
    const { store, rows, child } = layOut()
    for (let at = 1; at < LIMITS.endedRowsPerFact; at += 1)
      rows.put('credentials', sampleCredential(`crd_${at}`, child))
    expect((await endTask(store, child, how)).isMore).toBe(false)
    rows.put('credentials', sampleCredential('crd_last', child))
    expect(await endTask(store, child, how)).toMatchObject({ isMore: true, credentials: LIMITS.endedRowsPerFact })
  })
})

/** The same row put anew: the log of this test holds no rows to update. */
function toInsert<C extends { readonly op: string }>(change: C): C {
  return change.op === 'update' ? { ...change, op: 'insert' } : change
}

describe('one credential', () => {
  it('is taken back alone, and says why', () => {
    const { child } = layOut()
    const { entry, changes } = revokeCredential(sampleCredential('crd_1', child), 'leaked', actor)
    expect(entry).toMatchObject({ kind: 'credential.revoked', data: { credentialId: 'crd_1', because: 'leaked' } })
    expect(changes).toMatchObject([{ op: 'update', table: 'credentials', ifVersion: 1, row: { state: 'revoked' } }])
  })
})
