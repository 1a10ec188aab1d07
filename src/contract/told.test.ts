import { describe, expect, it } from 'vitest'
import type { EntryKind } from './log-entry.ts'
import { tell, tellNothing } from './told.ts'

describe('telling a log', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'kind.of.tomorrow'])(
    'an entry of the unknown kind %s changes nothing but the list of entries',
    (kind) => {
      const told = tellNothing()
      tell(told, 0, {
        v: 1,
        org: 'acme',
        atMs: 5,
        kind: kind as EntryKind, // a newer or a hostile log may say any text here
        actor: { kind: 'system', id: 'remit' },
        subject: { kind: 'task', id: 'tsk_1' },
        data: { taskId: 'tsk_1' },
        touched: [],
      })
      expect(told).toEqual({
        ...tellNothing(),
        lastMs: 5,
        entries: new Map([[0, { kind, decision: null, taskId: 'tsk_1', outcomes: 0 }]]),
      })
    },
  )
})
