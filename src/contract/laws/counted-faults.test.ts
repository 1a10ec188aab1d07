import { describe, expect, it } from 'vitest'
import { judgeLaw, type Said } from '../../../test/contract/judge-law.ts'
import type { JsonObject } from '../log-entry.ts'

const counts = [{ action: 'crm/*', resource: 'crm:/a/*' }]
const proposed = (more: JsonObject = {}): Said => ({
  kind: 'entitlement.proposed',
  data: {
    entitlementId: 'ent_a',
    identityId: 'idn_a',
    counts,
    scope: counts,
    classes: ['read'],
    ceiling: 'internal',
    endsMs: 50_000,
    ...more,
  },
})
const act = (data: JsonObject = {}, more: Partial<Said> = {}): Said => ({
  kind: 'decision.permit',
  data: {
    decision: 'evaluation',
    counts: true,
    countedBy: 'ent_a',
    taskId: 'tsk_a',
    action: { name: 'crm/read' },
    resources: [{ id: 'crm:/a/1', sensitivity: 'public' }],
    ...data,
  },
  ...more,
})
const by = (...ids: readonly string[]): Partial<Said> => ({
  actor: { kind: 'identity', id: 'idn_pep', chain: ids.map((identityId) => ({ identityId, name: 'n', taskId: 't' })) },
})

describe('an act that an enforcement point counts', () => {
  const others = 'it counts by the entitlement ent_a, which is of somebody else'
  const ended = 'it counts by the entitlement ent_a, which had ended'
  const unnamed = 'it counts an act that the entitlement ent_a does not name'

  it.each<[string, readonly Said[], string | null]>([
    ['is one that its entitlement names', [proposed(), act()], null],
    ['rests on an entitlement that nobody proposed', [act()], 'it counts by an entitlement that nobody proposed'],
    ['names no entitlement', [act({ countedBy: null })], 'it counts by an entitlement that nobody proposed'],
    ['does not count', [act({ counts: false })], null],
    ['was denied', [act({}, { kind: 'decision.denial' })], null],
    ['rests on the entitlement of one of its chain', [proposed(), act({}, by('idn_x', 'idn_a'))], null],
    ['rests on the entitlement of somebody else', [proposed(), act({}, by('idn_x'))], others],
    ['rests on the entitlement of somebody else, without a chain', [proposed({ identityId: 'idn_b' }), act()], others],
    ['rests on the entitlement of nobody', [proposed({ identityId: null }), act()], others],
    ['rests on an entitlement that ends soon', [proposed(), act({}, { atMs: 54_999 })], null],
    ['rests on an entitlement whose time is over', [proposed(), act({}, { atMs: 55_000 })], ended],
    [
      'rests on an entitlement that was ended',
      [proposed(), { kind: 'entitlement.ended', data: { entitlementId: 'ent_a', identityId: 'idn_a' } }, act()],
      ended,
    ],
    ['rests on an entitlement that does not say what it allows', [proposed({ scope: null }), act()], null],
    ['has another name', [proposed(), act({ action: { name: 'mail/read' } })], unnamed],
    ['has no name', [proposed(), act({ action: {} })], unnamed],
    ['is done to something else', [proposed(), act({ resources: [{ id: 'crm:/b', sensitivity: 'public' }] })], unnamed],
    [
      'is done to something else too',
      [
        proposed(),
        act({
          resources: [
            { id: 'crm:/a/1', sensitivity: 'public' },
            { id: 'crm:/b', sensitivity: 'public' },
          ],
        }),
      ],
      unnamed,
    ],
    ['rests on an entitlement that counts nothing', [proposed({ counts: null }), act()], unnamed],
    ['is done to nothing that is told', [proposed(), act({ resources: [] })], null],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('counted', lines)).toBe(fault)
  })

  it('in a part of a log may rest on what that part does not tell', () => {
    expect(judgeLaw('counted', [act()], false)).toBeNull()
  })
})

describe('how an act ended', () => {
  const report = (more: Partial<Said> = {}, data: JsonObject = { taskId: 'tsk_a' }): Said => ({
    kind: 'act.reported',
    answers: 0,
    data,
    ...more,
  })
  const never = 'it tells the end of what was never permitted'

  it.each<[string, readonly Said[], string | null]>([
    ['is told by who was permitted it', [act(), report()], null],
    ['is told of what was never permitted', [act(), report({ answers: 7 })], never],
    ['is told of nothing', [act(), { kind: 'act.reported', data: { taskId: 'tsk_a' } }], never],
    ['is told of what did not count', [act({ counts: false }), report()], 'it tells the end of what did not count'],
    [
      'is told by another',
      [act(), report({ actor: { kind: 'identity', id: 'idn_b' } })],
      'it tells the end of what somebody else was permitted',
    ],
    ['is told in another task', [act(), report({}, { taskId: 'tsk_b' })], 'its permit was given in another task'],
    ['is no report', [act({ counts: false }), report({ kind: 'call.finished' })], null],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('reported', lines)).toBe(fault)
  })

  it('in a part of a log may be of what that part does not tell', () => {
    expect(judgeLaw('reported', [report()], false)).toBeNull()
  })
})
