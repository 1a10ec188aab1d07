import { describe, expect, it } from 'vitest'
import { findRightless, findTakenBack, findUnvouched, namedBy } from './standing.ts'
import type { Task } from './task.ts'

const task = (more: Partial<Task> = {}): Task => ({ id: 'tsk_1', onBehalfOf: null, bindingId: null, ...more }) as Task // no more of it is looked at

describe('what has to be read to tell whether tasks stand', () => {
  it('is named once each, and is nothing where nothing is named', () => {
    const one = task({
      onBehalfOf: 'psn_1',
      bindingId: 'bnd_1',
      fromCredentialId: 'crd_1',
      rightIds: ['rgt_1', 'rgt_2'],
      grantId: 'grt_1',
      loginId: 'lgn_1',
    })
    const other = task({ onBehalfOf: 'psn_2', bindingId: 'bnd_1', rightIds: ['rgt_2', 'rgt_3'], grantId: 'grt_2' })
    expect(namedBy([one, other, task()], [{ owner: 'psn_1' }, { owner: null }, { owner: 'psn_3' }])).toEqual({
      people: ['psn_1', 'psn_3', 'psn_2'],
      bindings: ['bnd_1'],
      credentials: ['crd_1'],
      rights: ['rgt_1', 'rgt_2', 'rgt_3'],
      grants: ['grt_1', 'grt_2'],
      logins: ['lgn_1'],
    })
    const nothing = { people: [], bindings: [], credentials: [], rights: [], grants: [], logins: [] }
    expect(namedBy([task()], [{ owner: null }])).toEqual(nothing)
  })
})

describe('the task of a chain that does not stand', () => {
  it('was handed on with a token that was taken back, or that is not there', () => {
    const from = task({ fromCredentialId: 'crd_1' })
    const credentials = (state: 'issued' | 'revoked') => ({ credentials: [{ id: 'crd_1', state }] })
    expect(findTakenBack([task(), from], credentials('issued'))).toBeUndefined()
    expect(findTakenBack([task(), from], credentials('revoked'))).toBe(from)
    expect(findTakenBack([task(), from], { credentials: [] })).toBe(from)
    expect(findTakenBack([task()], { credentials: [] })).toBeUndefined()
  })

  it('rests on a right that is over, or that is not there', () => {
    const by = task({ rightIds: ['a', 'b'] })
    const right = (id: string, endsMs = 100) => ({ id, endsMs, state: 'granted', startsMs: 0 }) as never
    expect(findRightless([task(), by], { rights: [right('a'), right('b')] }, 50)).toBeUndefined()
    expect(findRightless([task(), by], { rights: [right('a'), right('b', 50)] }, 50)).toBe(by)
    expect(findRightless([task(), by], { rights: [right('a')] }, 50)).toBe(by)
    expect(findRightless([task()], { rights: [] }, 50)).toBeUndefined()
  })

  it('was opened on the word of a login that has ended, or that is not there', () => {
    const by = task({ loginId: 'a' })
    expect(findUnvouched([task(), by], { logins: [{ id: 'a', endedMs: null }] })).toBeUndefined()
    expect(findUnvouched([task(), by], { logins: [{ id: 'a', endedMs: 7 }] })).toBe(by)
    expect(findUnvouched([task(), by], { logins: [{ id: 'b', endedMs: null }] })).toBe(by)
    expect(findUnvouched([task()], { logins: [] })).toBeUndefined()
  })
})
