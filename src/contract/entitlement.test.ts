import { describe, expect, it } from 'vitest'
import { type Entitlement, isInForce } from './entitlement.ts'

const entitle = (more: Partial<Entitlement>): Entitlement => ({
  id: 'ent_1',
  identityId: 'idn_1',
  scope: [{ action: 'docs/*', resource: 'docs:*' }],
  classes: ['read'],
  ceiling: 'internal',
  approval: 'none',
  reason: 'because',
  requestedBy: 'psn_1',
  startsMs: 10,
  endsMs: 20,
  state: 'granted',
  ...more,
})

describe('an entitlement', () => {
  it.each<[string, Partial<Entitlement>, number, boolean]>([
    ['before its start', {}, 9, false],
    ['from its start', {}, 10, true],
    ['until just before its end', {}, 19, true],
    ['at its end', {}, 20, false],
    ['only proposed', { state: 'proposed' }, 15, false],
    ['ended early', { state: 'ended' }, 15, false],
    ['without an end that is a number', { endsMs: Number.NaN }, 15, false],
  ])('%s is in force: %#', (_, more, atMs, inForce) => {
    expect(isInForce(entitle(more), atMs)).toBe(inForce)
  })
})
