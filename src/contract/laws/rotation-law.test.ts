import { describe, expect, it } from 'vitest'
import { judge, type Line, permit, registered, task, vote } from '../../../test/contract/told-lines.ts'
import type { JsonObject } from '../log-entry.ts'

const asked = (more: JsonObject = {}): Line => ({
  kind: 'approval.asked',
  on: 'idn_a',
  data: { approvalId: 'apr_r', decision: 'binding', identityId: 'idn_a', requestedBy: ['psn_asker'], ...more },
})
const yes = (by: string, more: JsonObject = {}): Line =>
  vote(by, { approvalId: 'apr_r', requestedBy: ['psn_asker'], ...more })
const rotated = (more: JsonObject = {}): Line => ({
  kind: 'binding.rotated',
  on: 'idn_a',
  data: { identityId: 'idn_a', bindingId: 'bnd_new', replacesId: 'bnd_old', approvalId: 'apr_r', ...more },
})
const fault = 'rotated: a binding was rotated without an approval'

describe('a rotation', () => {
  it.each<[string, readonly Line[], readonly string[]]>([
    ['was approved by another person', [asked(), yes('psn_ann'), rotated()], []],
    ['was not approved', [asked(), rotated()], [fault]],
    ['waits for a vote', [asked(), yes('psn_ann', { state: 'pending' }), rotated()], [fault]],
    ['was asked about another identity', [asked(), yes('psn_ann', { subjectId: 'idn_b' }), rotated()], [fault]],
    ['names no approval', [asked(), yes('psn_ann'), rotated({ approvalId: null })], [fault]],
    ['names the approval of the identity itself', [rotated({ approvalId: 'apr_a' })], [fault]],
  ])('that %s', (_, lines, faults) => {
    expect(judge([...registered, ...lines])).toEqual(faults)
  })

  it('lets a task of the old binding go over to the new one, and then falls with that alone', () => {
    const cut = (targetId: string): Line => ({
      kind: 'cutoff.made',
      on: targetId,
      data: { target: 'binding', targetId },
    })
    const began = [...registered, task({ bindingId: 'bnd_old' }), asked(), yes('psn_ann'), rotated()]
    const taken = [...began, permit('token', { bindingId: 'bnd_new' })]
    const next = permit('token', { bindingId: 'bnd_new' })
    expect(judge([...taken, cut('bnd_old'), next])).toEqual([])
    expect(judge([...taken, cut('bnd_new'), next])).toEqual([expect.stringContaining('binding:bnd_new')])
    expect(judge([...began, cut('bnd_old'), next])).toEqual([expect.stringContaining('binding:bnd_old')])
  })
})
