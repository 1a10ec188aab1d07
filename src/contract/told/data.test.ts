import { describe, expect, it } from 'vitest'
import type { Json, LogEntry } from '../log-entry.ts'
import { addVote, type ToldApproval, tellApproval } from './approval.ts'
import { type ToldBindings, takesOver, tellBinding } from './binding.ts'
import { countIn, membersIn, scopeIn, textIn, textsIn } from './data.ts'
import { allowanceIn, type ToldEntitlement, tellEntitlement } from './entitlement.ts'
import { type ToldGrant, tellGrant } from './grant.ts'
import { labelsIn, tellLabels } from './labels.ts'

const scope = [{ action: 'docs/read', resource: 'docs:*' }]
const entry = (data: LogEntry['data'], more: Partial<LogEntry> = {}): LogEntry => ({
  v: 1,
  org: 'acme',
  atMs: 5,
  kind: 'binding.added',
  actor: { kind: 'system', id: 'remit' },
  subject: { kind: 'identity', id: 'idn_1' },
  data,
  touched: [],
  ...more,
})

describe('a member of the data of an entry', () => {
  const others: readonly Json[] = [null, true, 7, 7.5, 'x', ['x'], { x: 'x' }]
  const read = <T>(reader: (data: LogEntry['data'], name: string) => T) => [
    ...others.map((value) => reader({ it: value }, 'it')),
    reader({}, 'it'),
  ]

  it('is a text, a whole number, texts or members where it is one, and nothing where it is not', () => {
    expect(read(textIn)).toEqual([null, null, null, null, 'x', null, null, null])
    expect(read(countIn)).toEqual([null, null, 7, null, null, null, null, null])
    expect(read(textsIn)).toEqual([[], [], [], [], [], ['x'], [], []])
    expect(read(membersIn)).toEqual([{}, {}, {}, {}, {}, {}, { x: 'x' }, {}])
    expect([countIn({ it: 2 ** 60 }, 'it'), textsIn({ it: ['a', 7, 'b', null] }, 'it')]).toEqual([null, ['a', 'b']])
  })

  it('is a scope only where all of it is one', () => {
    const more = scope.map((grant) => ({ ...grant, why: 'x' }))
    expect([scopeIn({ it: scope }, 'it'), scopeIn({ it: more }, 'it'), scopeIn({ it: [] }, 'it')]).toEqual([
      scope,
      scope,
      [],
    ])
    const bad: readonly Json[] = [
      'x',
      [...scope, 'x'],
      [{ action: 'a' }],
      [{ resource: 'b' }],
      [{ action: 7, resource: 'b' }],
      [{ action: 'a', resource: 7 }],
      [{ action: 'a b', resource: 'b' }],
      [{ action: 'a', resource: '*b' }],
    ]
    for (const it of bad) expect(scopeIn({ it }, 'it')).toBeNull()
  })
})

describe('labels as an entry tells them', () => {
  const told = { confidentiality: 'internal', integrity: 'untrusted' }
  it('are read where both are words of theirs', () => {
    expect(labelsIn({ it: told }, 'it')).toEqual(told)
    expect(labelsIn({ it: { ...told, confidentiality: 'secret' } }, 'it')).toBeNull()
    expect(labelsIn({ it: { ...told, integrity: 7 } }, 'it')).toBeNull()
    expect(labelsIn({}, 'it')).toBeNull()
  })

  it('are joined to what each task had touched', () => {
    const known = new Map([['a', { confidentiality: 'restricted', integrity: 'trusted' } as const]])
    tellLabels(known, { labels: { after: told } }, [{ id: 'a' }, { id: 'b' }])
    expect([known.get('a'), known.get('b')]).toEqual([{ confidentiality: 'restricted', integrity: 'untrusted' }, told])
    tellLabels(known, { labels: {} }, [{ id: 'c' }])
    expect(known.size).toBe(2)
  })
})

describe('bindings that are told', () => {
  const nothing = (): ToldBindings => ({ bindings: new Map(), replaced: new Map(), secrets: new Map() })

  it('are known from when they were seen first, with what they replace and when their secret ends', () => {
    const told = nothing()
    tellBinding(told, entry({ bindingId: 'a' }))
    tellBinding(told, entry({ bindingId: 'a', secretEndsMs: 9 }, { atMs: 7 }))
    tellBinding(told, entry({ bindingId: 'b', replacesId: 'a' }, { atMs: 8 }))
    expect(told).toEqual({
      bindings: new Map(Object.entries({ a: 5, b: 8 })),
      secrets: new Map([['a', 9]]),
      replaced: new Map([['b', 'a']]),
    })
  })

  it('are none where the entry names none', () => {
    const told = nothing()
    tellBinding(told, entry({ replacesId: 'a', secretEndsMs: 9 }))
    expect(told).toEqual(nothing())
  })

  it('take a task over from none, or from the one whose place they took', () => {
    const told = { ...nothing(), replaced: new Map([['b', 'a']]) }
    expect([takesOver(told, null, 'x'), takesOver(told, null, null), takesOver(told, 'a', 'b')]).toEqual([
      true,
      true,
      true,
    ])
    expect([takesOver(told, 'b', 'a'), takesOver(told, 'x', 'b'), takesOver(told, 'a', null)]).toEqual([
      false,
      false,
      false,
    ])
  })
})

describe('what an entitlement allows, as its entry tells it', () => {
  const data = { scope, classes: ['write', 'read', 'fly'], ceiling: 'internal', endsMs: 9 }
  it('is all of it or nothing', () => {
    const allows = { scope, classes: ['read', 'write'], ceiling: 'internal', approval: 'none', approvers: 1, endsMs: 9 }
    expect(allowanceIn(data)).toEqual(allows)
    const asking = { ...data, approval: 'each-call', approvers: 2 }
    expect(allowanceIn(asking)).toEqual({ ...allows, approval: 'each-call', approvers: 2 })
    for (const name of ['scope', 'ceiling', 'endsMs']) expect(allowanceIn({ ...data, [name]: null })).toBeNull()
  })

  it('is what it was narrowed to last, until it ends', () => {
    const known = new Map<string, ToldEntitlement>()
    const more = { entitlementId: 'e', identityId: 'i', counts: scope }
    tellEntitlement(known, entry({ ...data, ...more }, { kind: 'entitlement.proposed' }))
    expect(known.get('e')).toMatchObject({ identityId: 'i', counts: scope, isEnded: false, allows: { endsMs: 9 } })
    const narrower = { ...data, endsMs: 7, entitlementId: 'e', identityId: 'i' }
    tellEntitlement(known, entry({ ...narrower, counts: [] }, { kind: 'entitlement.narrowed' }))
    expect(known.get('e')).toMatchObject({ counts: scope, isEnded: false, allows: { endsMs: 7 } })
    tellEntitlement(known, entry({ entitlementId: 'e' }, { kind: 'entitlement.ended' }))
    expect(known.get('e')).toMatchObject({ identityId: null, counts: scope, isEnded: true, allows: { endsMs: 7 } })
    tellEntitlement(known, entry(narrower, { kind: 'entitlement.narrowed' }))
    expect(known.get('e')?.isEnded).toBe(true)
  })

  it('is nothing of one that was never told of, though it ends or is narrowed', () => {
    const known = new Map<string, ToldEntitlement>()
    tellEntitlement(known, entry({ entitlementId: 'e' }, { kind: 'entitlement.ended' }))
    tellEntitlement(known, entry({ ...data, entitlementId: 'f', counts: scope }, { kind: 'entitlement.narrowed' }))
    tellEntitlement(known, entry(data, { kind: 'entitlement.proposed' }))
    expect([...known.keys()]).toEqual(['e', 'f'])
    expect(known.get('e')).toEqual({ identityId: null, allows: null, counts: null, isEnded: true })
    expect(known.get('f')).toMatchObject({ counts: null, isEnded: false })
  })
})

describe('a grant by which one may act for another', () => {
  const tell = (data: LogEntry['data']): ToldGrant | undefined => {
    const grants = new Map<string, ToldGrant>()
    tellGrant(grants, data)
    return grants.get('g') ?? grants.get('')
  }

  it('covers what its entry tells', () => {
    const names = { from: 'a', to: 'b', fromOwner: 'p', toOwner: 'q' }
    const bounds = { ceiling: 'internal', depthMax: 0, issuers: ['x'], minStrength: 'key-bound' }
    const all = { ...names, ...bounds, scope, startsMs: 1, endsMs: 2 }
    expect(tell({ grantId: 'g', ...all })).toEqual(all)
  })

  it('covers nothing that its entry does not tell', () => {
    expect(tell({})).toEqual({
      from: '',
      to: '',
      fromOwner: '',
      toOwner: '',
      scope: [],
      startsMs: Number.POSITIVE_INFINITY,
      endsMs: Number.NEGATIVE_INFINITY,
      ceiling: null,
      depthMax: null,
      issuers: null,
      minStrength: null,
    })
    expect(tell({ ceiling: 'secret', issuers: 7, minStrength: 'weak' })).toMatchObject({
      ceiling: null,
      issuers: [],
      minStrength: null,
    })
  })
})

describe('an approval that is told', () => {
  it('is one of which nothing is known at first, and of none is nothing told', () => {
    const approvals = new Map<string, ToldApproval>()
    tellApproval(approvals, null, () => ({ state: 'x' }))
    expect(approvals.size).toBe(0)
    tellApproval(approvals, 'a', () => ({}))
    expect(approvals.get('a')).toEqual({
      id: 'a',
      subjectId: '',
      of: '',
      replacesId: null,
      requestedBy: new Set(),
      votes: [],
      voters: new Set(),
      state: 'pending',
      uses: 0,
      usesMax: 1,
      untilMs: null,
      envelope: {},
    })
    tellApproval(approvals, 'a', (known) => ({ uses: known.uses + 1 }))
    expect(approvals.get('a')).toMatchObject({ uses: 1, state: 'pending' })
  })

  it('has each vote, and who gave it', () => {
    const approvals = new Map<string, ToldApproval>()
    const vote = { entry: 3, atMs: 5, personId: 'p', seat: 'owner', verdict: 'approve', reason: '' }
    tellApproval(approvals, 'a', (known) => ({ votes: addVote(known, vote) }))
    expect([approvals.get('a')?.votes, approvals.get('a')?.voters]).toEqual([[vote], new Set(['p'])])
  })
})
