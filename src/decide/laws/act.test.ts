import { describe, expect, it } from 'vitest'
import {
  kept,
  newActFacts,
  newEntitlement,
  newLineage,
  newLink,
  newMember,
  newPurpose,
} from '../../../test/decide/nouns.ts'
import type { TaskUsage } from '../../contract/task.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Link } from '../lineage.ts'
import { ACT_LAWS, type ActFacts, APPROVAL_LAWS, findRelied, isChange, labelsOf } from './act.ts'
import { findBroken, type Law } from './law.ts'

const page = { id: 'docs:/a', sensitivity: 'internal' } as const
const ranks = (confidentiality: number, integrity: number, from: readonly string[] = []): ActFacts['memory'] => ({
  ranks: { confidentiality, integrity },
  from,
})

/** A chain of which the first hop is as said, and the last as it should be. */
const under = (first: Link): ActFacts['lineage'] => newLineage([first, newLink({ id: 'tsk_2' })])

const writing = (usage: Partial<TaskUsage> = {}): Partial<ActFacts> => ({
  actionClass: 'write',
  lineage: newLineage([
    newLink({}, usage, {
      purpose: newPurpose({ classes: ['read', 'write'] }),
      entitlements: [newEntitlement({ classes: ['read', 'write'] })],
    }),
  ]),
})

function hear(laws: readonly Law<ActFacts>[], more: Partial<ActFacts>): readonly string[] | undefined {
  const all = newActFacts(more)
  const broken = findBroken(laws, all)
  return broken === undefined ? undefined : [broken.rule, broken.code, broken.says(all), broken.ask(all)]
}

/** A chain that has used so many tools, the first of them by this name. */
const usedTools = (count: number, first = 'docs/t0', at = 'tsk_1'): ActFacts['history'] => ({
  rootId: 'tsk_1',
  isTold: true,
  isToldHere: false,
  acts: Array.from({ length: count }, (_, place) =>
    kept({
      rootId: at,
      name: place === 0 ? first : `docs/t${place}`,
      firstMs: 1,
      permitted: 1,
      lastMs: 1,
      succeeded: 1,
      succeededMs: 1,
    }),
  ),
})

const FIRST_PIVOT = 'that is a pivot, number 1 of the task, which ends with number 20'
const REVIEW = 'An administrator can review the tool and classify it.'
const NEW_TASK = 'Complete this task and open a new one.'
const APPROVER = 'A person with the role approver can approve exactly this.'

function spentSentence(what: string): string {
  return `The budget of ${what} is used up, by this task or by one below or above it.`
}

describe('an act', () => {
  it.each<[string, Partial<ActFacts>]>([
    ['that reads', {}],
    ['that writes under a purpose and an entitlement for it', writing()],
    ['that is the last of its budget', { lineage: newLineage([newLink({}, { calls: 9, bytes: 999 })]) }],
    ['that is the last write of its budget', writing({ writes: 4 })],
    ['that reads, after the last write', { lineage: newLineage([newLink({}, { writes: 5 })]) }],
    ['in a chain that allows it at each hop', { lineage: under(newLink()) }],
    ['by the last new tool of a chain', { history: usedTools(LIMITS.chainActsMax - 1) }],
    ['by what was done to a resource', { history: usedTools(LIMITS.chainActsMax, 'docs/t0', 'tsk_1@docs') }],
    ['by a tool that it has used, where no new one is left', { history: usedTools(LIMITS.chainActsMax, 'docs/read') }],
    ['on several resources', { resources: [page, { ...page, id: 'docs:/b' }] }],
  ])('%s is within the laws', (_, more) => {
    expect(hear(ACT_LAWS, more)).toBeUndefined()
    expect(hear(APPROVAL_LAWS, more)).toBeUndefined()
  })

  it.each<[string, Partial<ActFacts>, readonly string[]]>([
    [
      'of an identity that has fallen',
      { lineage: newLineage([newLink({}, {}, newMember({ state: 'suspended' }))]) },
      ['law:active', 'identity_inactive'],
    ],
    [
      'of a task that has tried too often what is not its own',
      { lineage: newLineage([newLink({ id: 'tsk_spent' }, { pivots: 20 })]) },
      [
        'law:pivots',
        'task_not_active',
        'The task tsk_spent has tried too often what is not its own, and ends.',
        'Open a new task for what it was opened for, or one of another scope.',
      ],
    ],
    [
      'by a tool that changed',
      { tool: 'quarantined' },
      [
        'law:tool-quarantined',
        'tool_quarantined',
        'docs/read changed since it was reviewed.',
        'An administrator can review the tool again.',
      ],
    ],
    [
      'with arguments that cannot be judged',
      { argumentFault: 'It is too long.', tool: 'unknown' },
      ['law:arguments', 'request_invalid', 'It is too long.', 'Send arguments that can be judged.'],
    ],
    [
      'by a tool that nobody has reviewed',
      { tool: 'unknown' },
      ['law:tool', 'denied', 'Nobody has reviewed docs/read, so that it counts as administering.', REVIEW],
    ],
    [
      'on what cannot be told',
      { targetFault: 'it names two', resources: [] },
      [
        'law:target',
        'request_invalid',
        'The resource of the call cannot be told: it names two.',
        'Name the resource plainly.',
      ],
    ],
    [
      'on nothing',
      { resources: [] },
      [
        'law:target',
        'request_invalid',
        'The resource of the call cannot be told: there is none.',
        'Name the resource plainly.',
      ],
    ],
    [
      'of which one resource lies outside the scope',
      { resources: [page, { ...page, id: 'mail:/b' }] },
      [
        'law:scope',
        'scope_exceeded',
        `docs/read on mail:/b lies outside the scope of the task: ${FIRST_PIVOT}.`,
        'Open a task whose scope has docs/read on this resource; the owner of reader can propose an entitlement for it.',
      ],
    ],
    [
      'outside the scope and the purpose',
      {
        resources: [{ ...page, id: 'mail:/b' }],
        lineage: newLineage([newLink({}, {}, { purpose: newPurpose({ classes: ['write'] }) })]),
      },
      [
        'law:scope',
        'scope_exceeded',
        `docs/read on mail:/b lies outside the scope of the task: ${FIRST_PIVOT}.`,
        'Open a task under a purpose that covers read, whose scope has docs/read on this resource; the owner of reader can propose an entitlement for it.',
      ],
    ],
    [
      'outside the scope of a task above',
      { lineage: under(newLink({ scope: [{ action: 'docs/read', resource: 'docs:/b' }] })) },
      ['law:scope', 'scope_exceeded'],
    ],
    [
      'on data above the ceiling of a task above',
      { lineage: under(newLink({ ceiling: 'public' })) },
      [
        'law:ceiling',
        'ceiling_exceeded',
        'docs:/a is internal; the task may touch public data at most.',
        'Stay at public data, or open a task with a higher ceiling where the entitlement and the purpose allow it.',
      ],
    ],
    [
      'on data above the ceiling of the purpose',
      { lineage: under(newLink({}, {}, { purpose: newPurpose({ ceiling: 'public' }) })) },
      ['law:ceiling', 'ceiling_exceeded', 'docs:/a is internal; the task may touch internal data at most.'],
    ],
    [
      'under a purpose that is not known',
      { lineage: under(newLink({}, {}, { purpose: undefined })) },
      ['law:ceiling', 'ceiling_exceeded'],
    ],
    [
      'of a class that the purpose of a task above does not cover',
      { lineage: under(newLink({}, {}, { purpose: newPurpose({ classes: ['write'] }) })) },
      [
        'law:purpose',
        'purpose_exceeded',
        `docs/read is of class read, which the purpose does not cover: ${FIRST_PIVOT}.`,
        'Open a task under a purpose that covers this class.',
      ],
    ],
    [
      'that no entitlement of somebody above covers',
      { lineage: under(newLink({}, {}, { entitlements: [] })) },
      [
        'law:entitlement',
        'scope_exceeded',
        'No entitlement in force covers docs/read (read) on docs:/a for everyone in the chain.',
        'Ask the owner of reader to propose an entitlement for it.',
      ],
    ],
    [
      'on data above the entitlement',
      { lineage: newLineage([newLink({}, {}, { entitlements: [newEntitlement({ ceiling: 'public' })] })]) },
      ['law:entitlement', 'scope_exceeded'],
    ],
    [
      'by one tool more than a chain may use',
      { history: usedTools(LIMITS.chainActsMax) },
      [
        'law:tools',
        'budget_exceeded',
        `The tasks of this chain have used ${LIMITS.chainActsMax} tools and classes of tools already.`,
        'Open a new task.',
      ],
    ],
    [
      'beyond the calls of a task above',
      { lineage: under(newLink({}, { calls: 10 })) },
      ['law:budget', 'budget_exceeded', spentSentence('calls'), NEW_TASK],
    ],
    ['beyond its writes', writing({ writes: 5 }), ['law:budget', 'budget_exceeded', spentSentence('writes'), NEW_TASK]],
    [
      'beyond its bytes',
      { lineage: newLineage([newLink({}, { bytes: 1_000 })]) },
      ['law:budget', 'budget_exceeded', spentSentence('bytes'), NEW_TASK],
    ],
  ])('%s is denied, and told why', (_, more, told) => {
    expect(hear(ACT_LAWS, more)?.slice(0, told.length)).toEqual(told)
  })

  it.each<[string, Partial<ActFacts>, readonly string[]]>([
    [
      'in a chain with an identity of tier T4',
      { lineage: under(newLink({}, {}, newMember({ tier: 'T4' }))) },
      ['law:each-action', 'approval_required', 'A person approves each action of an identity of this tier.', APPROVER],
    ],
    [
      'under an entitlement that asks for it',
      { lineage: under(newLink({}, {}, { entitlements: [newEntitlement({ approval: 'each-call' })] })) },
      ['law:each-call', 'approval_required', 'The entitlement asks for a person to approve each call.', APPROVER],
    ],
    [
      'on two resources, of which one asks for it',
      {
        resources: [page, { ...page, id: 'mail:/b' }],
        lineage: newLineage([
          newLink(
            { scope: [{ action: '*', resource: '*' }] },
            {},
            {
              entitlements: [
                newEntitlement(),
                newEntitlement({ id: 'ent_2', scope: [{ action: '*', resource: 'mail:/*' }], approval: 'each-call' }),
              ],
            },
          ),
        ]),
      },
      ['law:each-call', 'approval_required'],
    ],
    [
      'that changes something after both labels were read',
      { ...writing(), memory: ranks(2, 1) },
      [
        'law:flow',
        'approval_required',
        'The task has read untrusted content and confidential data, so that it changes nothing by itself.',
        'A person with the role approver can declassify exactly this flow.',
      ],
    ],
    [
      'that changes something after others have read both labels',
      { ...writing(), memory: ranks(3, 1, ['tsk_7', 'tsk_8']) },
      [
        'law:flow',
        'approval_required',
        'Untrusted content and confidential data were read by the task, those above it, or others that its identity had lately (tsk_7, tsk_8), so that it changes nothing by itself.',
      ],
    ],
  ])('%s needs a person, and is told why', (_, more, told) => {
    expect(hear(APPROVAL_LAWS, more)?.slice(0, told.length)).toEqual(told)
  })

  it.each<[string, Partial<ActFacts>]>([
    ['reads, whatever was read before', { memory: ranks(3, 1) }],
    ['changes something after confidential data alone', { ...writing(), memory: ranks(3, 0) }],
    ['changes something after untrusted content and internal data', { ...writing(), memory: ranks(1, 1) }],
    [
      'has one entitlement of two that asks for nobody',
      {
        lineage: newLineage([
          newLink(
            {},
            {},
            { entitlements: [newEntitlement({ approval: 'each-call' }), newEntitlement({ id: 'ent_2' })] },
          ),
        ]),
      },
    ],
  ])('needs no person where it %s', (_, more) => {
    expect(hear(APPROVAL_LAWS, more)).toBeUndefined()
  })
})

describe('a pivot out of the scope', () => {
  const mail = { id: 'mail:/b', sensitivity: 'internal' } as const
  const everywhere = newEntitlement({ scope: [{ action: 'docs/*', resource: '*' }] })
  const held = newMember({ tier: 'T2' }, { entitlements: [everywhere] })
  const pivoting = (...links: readonly [Link, ...Link[]]): Partial<ActFacts> => ({
    lineage: newLineage(links),
    resources: [page, mail],
  })

  it('may be approved where the tier holds it for a person, and all else covers it', () => {
    const more = pivoting(newLink({}, {}, held))
    expect(hear(ACT_LAWS, more)).toBeUndefined()
    expect(hear(APPROVAL_LAWS, more)).toEqual([
      'law:pivot',
      'approval_required',
      'docs/read on mail:/b lies outside the scope of the task: that is a pivot, which a person may approve.',
      'A person with the role approver can widen the task by exactly this call.',
    ])
  })

  it('may be approved below a task that could do it itself', () => {
    const above = newLink({ scope: [{ action: '*', resource: '*' }] }, {}, held)
    expect(hear(ACT_LAWS, pivoting(above, newLink({ id: 'tsk_2' }, {}, held)))).toBeUndefined()
  })

  it.each<[string, Partial<ActFacts>]>([
    ['the tier denies it', pivoting(newLink({}, {}, { ...held, ...newMember({ tier: 'T1' }) }))],
    ['no entitlement covers it', pivoting(newLink({}, {}, newMember({ tier: 'T2' })))],
    ['a task above could not do it either', pivoting(newLink({}, {}, held), newLink({ id: 'tsk_2' }, {}, held))],
  ])('is denied where %s', (_, more) => {
    expect(hear(ACT_LAWS, more)?.slice(0, 2)).toEqual(['law:scope', 'scope_exceeded'])
  })
})

describe('what a permit rests on', () => {
  it('is for each hop and resource one entitlement, which asks for nobody where there is one, and each once', () => {
    const asking = newEntitlement({ id: 'ent_asks', approval: 'each-call' })
    const plain = newEntitlement({ id: 'ent_plain' })
    const mail = newEntitlement({ id: 'ent_mail', scope: [{ action: 'docs/*', resource: 'mail:/*' }] })
    const links = [
      newLink({}, {}, { entitlements: [asking, mail, plain] }),
      newLink({ id: 'tsk_2' }, {}, { entitlements: [asking, mail] }),
    ] as const
    const ids = (...resources: readonly string[]): readonly string[] =>
      findRelied(newActFacts({ lineage: newLineage(links), resources: resources.map((id) => ({ ...page, id })) })).map(
        (row) => row.id,
      )
    expect(ids('docs:/a')).toEqual(['ent_plain', 'ent_asks'])
    expect(ids('docs:/a', 'docs:/b', 'mail:/a')).toEqual(['ent_plain', 'ent_mail', 'ent_asks'])
    expect(ids('disk:/a')).toEqual([])
  })

  it('is of those that ask for people the one that asks the fewest', () => {
    const asking = (id: string, approvers?: number) =>
      newEntitlement({ id, approval: 'each-call', ...(approvers === undefined ? {} : { approvers }) })
    const pick = (...rows: ReturnType<typeof asking>[]): readonly string[] =>
      findRelied(newActFacts({ lineage: newLineage([newLink({}, {}, { entitlements: rows })]) })).map((row) => row.id)
    expect(pick(asking('ent_3', 3), asking('ent_2', 2), asking('ent_4', 4))).toEqual(['ent_2'])
    expect(pick(asking('ent_2', 2), asking('ent_one'))).toEqual(['ent_one'])
    expect(pick(asking('ent_one'), asking('ent_2', 2))).toEqual(['ent_one'])
  })
})

describe('what is counted', () => {
  it('is every class but reading as a change', () => {
    expect((['read', 'write', 'delete', 'administer'] as const).map(isChange)).toEqual([false, true, true, true])
  })

  it('is read back as labels, the worst where it is no rank', () => {
    const labels = (confidentiality: number, integrity: number) => labelsOf(kept({ confidentiality, integrity }))
    expect(labels(0, 0)).toEqual({ confidentiality: 'public', integrity: 'trusted' })
    expect(labels(2, 1)).toEqual({ confidentiality: 'confidential', integrity: 'untrusted' })
    expect(labels(9, 9)).toEqual({ confidentiality: 'restricted', integrity: 'untrusted' })
  })
})
