import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../log-entry.ts'
import { foreignHopsMax, ownSubjects, readForeignHops } from './foreign-act.ts'

const hop = (sub: string, act?: JsonObject, iss = 'https://a'): JsonObject => ({ iss, sub, ...(act && { act }) })
const chain = (count: number): JsonObject =>
  Array.from({ length: count - 1 }, (_, at) => `s${at}`).reduce((act, sub) => hop(sub, act), hop('last'))

describe('who acted for a person in another domain', () => {
  it('is read hop by hop, the latest first, as many as are taken', () => {
    expect(readForeignHops(hop('x', hop('y')))).toEqual([
      { iss: 'https://a', sub: 'x' },
      { iss: 'https://a', sub: 'y' },
    ])
    expect(readForeignHops(chain(foreignHopsMax))).toHaveLength(foreignHopsMax)
    expect(readForeignHops(chain(foreignHopsMax + 1))).toBeNull()
  })

  it('has names of a bounded form', () => {
    expect(readForeignHops(hop('x'.repeat(512)))).toHaveLength(1)
    for (const sub of ['', 'x'.repeat(513), 'a\u0000b']) expect(readForeignHops(hop(sub))).toBeNull()
    for (const act of [
      { sub: 'x' },
      { iss: 'x' },
      { iss: 7, sub: 'x' },
      { ...hop('x'), act: 'y' },
      { ...hop('x'), act: null },
    ])
      expect(readForeignHops(act)).toBeNull()
  })

  it('takes no more room than is given', () => {
    const wide = (chars: number): JsonObject => ({ ...hop('x'), more: 'm'.repeat(chars) })
    const rest = JSON.stringify(wide(0)).length
    expect(readForeignHops(wide(2_048 - rest))).toHaveLength(1)
    expect(readForeignHops(wide(2_049 - rest))).toBeNull()
  })

  it('is one of ours where the chain went out from here and came back', () => {
    const back = hop('theirs', hop('idn_1', hop('idn_2', undefined, 'https://us'), 'https://us'))
    expect(ownSubjects(back, 'https://us')).toEqual(['idn_1', 'idn_2'])
    expect(ownSubjects(back, 'https://a')).toEqual(['theirs'])
    expect(ownSubjects(hop('idn_1', undefined, 'https://us/'), 'https://us')).toEqual(['idn_1'])
    expect([ownSubjects(back, 'https://b'), ownSubjects({ sub: 7 }, 'https://us')]).toEqual([[], []])
  })
})
