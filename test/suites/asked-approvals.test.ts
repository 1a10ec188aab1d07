import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insert, type Tables } from '../../src/contract/change.ts'
import { idFloor } from '../../src/ground/ids.ts'
import type { Store } from '../../src/store/store.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { BACKENDS, type Backend, open } from './backends.ts'
import { approval, commit, writing } from './writes.ts'

const sinceMs = 1_772_323_200_000

/** A question that was put so many milliseconds after that moment. */
function ask(afterMs: number, name: string, more: Partial<Tables['approvals']>): Tables['approvals'] {
  const id = `${idFloor('approval', sinceMs + afterMs)}${name}`
  return { ...approval(id, 'pending', `digest-${name}`), createdMs: sinceMs + afterMs, ...more }
}

const QUESTIONS = [
  ask(-1, 'old', { asker: 'idn_1', state: 'denied' }),
  ask(0, 'first', { asker: 'idn_1', state: 'denied' }),
  ask(5, 'second', { asker: 'idn_1', state: 'denied', subjectId: 'tsk_2' }),
  ask(9, 'third', { asker: 'idn_1', state: 'denied' }),
  ask(3, 'open', { asker: 'idn_1' }),
  ask(3, 'used', { asker: 'idn_1', state: 'used' }),
  ask(4, 'used_last', { asker: 'idn_1', state: 'used' }),
  ask(4, 'of_a_person', { asker: 'idn_1 psn_1', state: 'denied' }),
  ask(4, 'of_nobody_known', { state: 'denied' }),
]

describe.each(BACKENDS)('what people were asked, on $name', ({ start }) => {
  let backend: Backend
  let store: Store
  beforeAll(async () => {
    backend = await start()
    store = await open(await backend.create())
    await commit(store.record, writing('all', ...QUESTIONS.map((row) => insert('approvals', row))))
  }, POSTGRES_START_MS)
  afterAll(async () => {
    await store.close()
    await backend.stop()
  })
  const names = (rows: readonly Tables['approvals'][]): string[] => rows.map(({ digest }) => digest.slice(7))

  it('is found by who asked it, in whichever task, from a moment on', async () => {
    const { deniedTo, pendingBy } = store.decide
    expect(names(await deniedTo('idn_1', sinceMs, 9))).toEqual(['first', 'second', 'third'])
    expect(names(await deniedTo('idn_1', sinceMs, 2))).toEqual(['first', 'second'])
    expect(names(await deniedTo('idn_1 psn_1', sinceMs, 9))).toEqual(['of_a_person'])
    expect(names(await deniedTo('idn_2', sinceMs, 9))).toEqual([])
    expect(names(await pendingBy('idn_1', sinceMs, 9))).toEqual(['open'])
    expect(names(await pendingBy('idn_1', sinceMs + 4, 9))).toEqual([])
  })

  it('and was used is found by its task, the last first', async () => {
    expect(names(await store.decide.usedOf('tsk_1', 9))).toEqual(['used_last', 'used'])
    expect(names(await store.decide.usedOf('tsk_1', 1))).toEqual(['used_last'])
  })
})
