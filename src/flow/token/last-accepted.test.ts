import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../test/record/memory-store.ts'
import { createTestClock, openTestLog } from '../../../test/record/open-test-log.ts'
import { type Change, requireAbsent } from '../../contract/change.ts'
import { CUTOFF_TARGETS, cutoffId } from '../../contract/cutoff.ts'
import type { Decision } from '../../contract/decision.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Recorded } from '../../record/recorded.ts'
import { createLastAccepted, type LastAccepted } from './last-accepted.ts'

function decide(outcome: Decision['outcome'], changes: readonly Change[]): Decision<'evaluation'> {
  const entry = {
    kind: outcome === 'permit' ? 'decision.permit' : 'decision.denial',
    actor: { kind: 'identity', id: 'idn_1', chain: [{ identityId: 'idn_0', name: 'zero', taskId: 'tsk_0' }] },
    subject: { kind: 'task', id: 'tsk_1' },
    data: {},
  } as const
  const said = { kind: 'evaluation', reasons: [], policyVersion: 'p', entry, changes } as const
  return outcome === 'permit'
    ? { ...said, outcome, decidedMs: 0, grant: null, obligations: [] }
    : { ...said, outcome, code: 'denied', nearest: [], ask: null }
}

async function note(lastAccepted: LastAccepted, ...decisions: readonly Decision[]): Promise<number> {
  const clock = createTestClock()
  const log = await openTestLog(createMemoryStore(), { clock })
  for (const decision of decisions) lastAccepted.note(await log.record(decision))
  return clock.atMs
}

describe('when a request was last accepted', () => {
  it.each(CUTOFF_TARGETS)('is known of every %s whose cutoff would have ended it', async (target) => {
    const lastAccepted = createLastAccepted()
    const atMs = await note(lastAccepted, decide('permit', [requireAbsent('cutoffs', cutoffId(target, 'x'))]))
    expect(lastAccepted.read(target, 'x')).toBe(atMs)
    expect(lastAccepted.read(target, 'y')).toBeNull()
  })

  it('is known of who asked, and of the whole chain', async () => {
    const lastAccepted = createLastAccepted()
    await note(lastAccepted, decide('permit', []))
    for (const [target, id] of [
      ['identity', 'idn_1'],
      ['identity', 'idn_0'],
      ['task', 'tsk_0'],
      ['chain', 'tsk_0'],
    ] as const)
      expect(lastAccepted.read(target, id)).not.toBeNull()
  })

  it('is not what was denied', async () => {
    const lastAccepted = createLastAccepted()
    await note(lastAccepted, decide('denial', [requireAbsent('cutoffs', 'owner:x')]))
    expect(lastAccepted.read('owner', 'x')).toBeNull()
    expect(lastAccepted.read('identity', 'idn_1')).toBeNull()
  })

  it('is forgotten where there is more than memory is given for, and not of the newest half', () => {
    const lastAccepted = createLastAccepted()
    const guards = Array.from({ length: LIMITS.lastAcceptedMax + 1 }, (_, at) =>
      requireAbsent('cutoffs', `owner:${at}`),
    )
    lastAccepted.note({ fact: decide('permit', guards), index: 0, atMs: 7 } as unknown as Recorded<Decision>) // only its facts are read
    expect(lastAccepted.read('owner', '0')).toBeNull()
    for (const at of [LIMITS.lastAcceptedMax / 2 + 1, LIMITS.lastAcceptedMax])
      expect(lastAccepted.read('owner', String(at))).toBe(7)
  })
})
