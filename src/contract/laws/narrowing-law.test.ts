import { describe, expect, it } from 'vitest'
import type { EntryKind, JsonObject, LogEntry } from '../log-entry.ts'
import { tell, tellNothing } from '../told/told.ts'
import { judgeEntry } from './entry-laws.ts'

const allows = {
  scope: [{ action: 'docs/*', resource: 'docs:*' }],
  classes: ['read', 'write'],
  ceiling: 'internal',
  approval: 'none',
  approvers: 1,
  endsMs: 1_000,
}
const ids = { identityId: 'idn_a', entitlementId: 'ent_a' }

const line = (kind: EntryKind, data: JsonObject, atMs = 10): LogEntry => ({
  v: 1,
  org: 'org',
  atMs,
  touched: [],
  kind,
  actor: { kind: 'person', id: 'psn_a' },
  subject: { kind: 'identity', id: 'idn_a' },
  data: { ...ids, ...data },
})
const proposed = line('entitlement.proposed', allows)
const narrowed = (more: JsonObject, atMs?: number): LogEntry =>
  line('entitlement.narrowed', { ...allows, ...more }, atMs)

/** Gives what is wrong with the last of these entries. */
function judge(entries: readonly LogEntry[], whole = true): readonly string[] {
  const told = tellNothing()
  const faults = entries.map((entry, index) => {
    const found = judgeEntry({ index, entry, told, whole })
    tell(told, index, entry)
    return found.filter(({ law }) => law === 'narrowing').map(({ fault }) => fault)
  })
  return faults.at(-1) ?? []
}

describe('the law over entitlements that are narrowed', () => {
  it.each<[string, readonly LogEntry[]]>([
    ['one that allows less', [proposed, narrowed({ classes: ['read'] })]],
    [
      'one that is narrowed twice',
      [proposed, narrowed({ classes: ['read'] }), narrowed({ classes: ['read'], endsMs: 99 })],
    ],
    [
      'one that has just ended, as the entry is written a little late',
      [proposed, narrowed({ classes: ['read'] }, 5_999)],
    ],
    ['another entry', [proposed]],
    [
      'one whose proposal was not kept whole',
      [line('entitlement.proposed', { ...allows, scope: 'long' }), narrowed({})],
    ],
  ])('has nothing against %s', (_, entries) => {
    expect(judge(entries)).toEqual([])
  })

  it.each<[string, readonly LogEntry[], string]>([
    ['a class more', [proposed, narrowed({ classes: ['read', 'write', 'delete'] })], 'a class of actions'],
    ['a wider scope', [proposed, narrowed({ scope: [{ action: '*', resource: '*' }] })], 'its scope lies outside'],
    ['a higher ceiling', [proposed, narrowed({ ceiling: 'restricted' })], 'its ceiling is higher'],
    ['a later end', [proposed, narrowed({ endsMs: 1_001 })], 'it ends later'],
    ['what was taken before', [proposed, narrowed({ classes: ['read'] }), narrowed({})], 'a class of actions'],
    ['a scope that is none', [proposed, narrowed({ scope: ['*'] })], 'does not say to what'],
    ['no ceiling', [proposed, narrowed({ ceiling: 'most' })], 'does not say to what'],
    ['one that ended', [proposed, line('entitlement.ended', {}), narrowed({ classes: ['read'] })], 'had ended'],
    ['one that is over', [proposed, narrowed({ classes: ['read'] }, 6_000)], 'had ended'],
    ['one of somebody else', [proposed, narrowed({ identityId: 'idn_b' })], 'of another identity'],
    ['one that nobody proposed', [narrowed({})], 'nobody proposed'],
  ])('notices %s', (_, entries, fault) => {
    expect(judge(entries)).toEqual([expect.stringContaining(fault)])
  })

  it('asks of a part of a log only what it can show', () => {
    expect(judge([narrowed({})], false)).toEqual([])
    expect(judge([proposed, narrowed({ endsMs: 2_000 })], false)).toHaveLength(1)
  })
})
