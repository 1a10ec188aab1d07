import { describe, expect, it } from 'vitest'
import {
  activated,
  endsMs,
  judge,
  type Line,
  permit,
  submitted,
  task,
  vote,
} from '../../../test/contract/told-lines.ts'

const bound = (secretEndsMs: number): Line => ({
  kind: 'binding.added',
  data: { identityId: 'idn_a', bindingId: 'bnd_s', kind: 'secret', secretEndsMs },
})
const registered = (tier: string, secretEndsMs = endsMs): readonly Line[] => [
  bound(secretEndsMs),
  submitted,
  vote('psn_ann'),
  activated({ tier }),
]
const byIt = { binding: { id: 'bnd_s', strength: 'bearer' }, bindingId: 'bnd_s' }
const above = (tier: string): readonly string[] => [`secrets: a static secret proves an identity of tier ${tier}`]
const ended = ['secrets: it permits something on the static secret bnd_s, which had ended']

describe('a static secret', () => {
  it.each([
    ['T0', []],
    ['T1', above('T1')],
    ['T4', above('T4')],
  ] as const)('proves an identity of tier %s, or it is told', (tier, faults) => {
    expect(judge([...registered(tier), task(byIt)])).toEqual(faults)
    expect(judge([...registered(tier), task(), permit('token', byIt)])).toEqual(faults)
  })

  it('lets nothing be done on it after its end, whatever was opened before', () => {
    const began = [...registered('T0', 6_000), task(byIt)]
    const call = (atMs: number): Line => permit('call', { action: { name: 'docs/read' } }, { atMs })
    expect(judge([...began, call(10_999)])).toEqual([])
    expect(judge([...began, call(11_000)])).toEqual(ended)
    expect(judge([...began, permit('token', byIt, { atMs: 11_000 })])).toEqual(ended)
    expect(judge([...began, permit('call', { action: { name: 'docs/read' } }, { atMs: 11_000 })])).toEqual(ended)
  })

  it('is none of another kind, and says nothing of what rests on others', () => {
    const other: Line = { kind: 'binding.added', data: { identityId: 'idn_a', bindingId: 'bnd_k', kind: 'key' } }
    const lines = [...registered('T1'), other, task({ binding: { id: 'bnd_k', strength: 'key-bound' } })]
    expect(judge(lines)).toEqual([])
  })
})
