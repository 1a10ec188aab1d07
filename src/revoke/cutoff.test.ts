import { describe, expect, it } from 'vitest'
import { keep, sampleMs } from '../../test/register/samples.ts'
import { CUTOFF_TARGETS, isCutOff } from '../contract/cutoff.ts'
import { makeCutoff } from './cutoff.ts'

const by = { actor: { kind: 'person', id: 'psn_sam' }, atMs: sampleMs, more: [] } as const

describe('a cutoff', () => {
  it.each(CUTOFF_TARGETS)('of a %s is one row and one entry', (target) => {
    const { cutoff, fact } = makeCutoff({ target, targetId: 'x', because: 'stolen' }, undefined, by)
    expect(cutoff).toEqual({
      id: `${target}:x`,
      target,
      targetId: 'x',
      because: 'stolen',
      atMs: sampleMs,
      by: 'psn_sam',
    })
    expect(fact.changes).toEqual([{ op: 'insert', table: 'cutoffs', row: cutoff }])
    expect(fact.entry).toEqual({
      kind: 'cutoff.made',
      actor: by.actor,
      subject: { kind: target, id: 'x' },
      data: { target, targetId: 'x', atMs: sampleMs, because: 'stolen' },
    })
  })

  it('made again replaces the earlier one, unless that changed meanwhile', () => {
    const order = { target: 'identity', targetId: 'x', because: 'again' } as const
    const first = makeCutoff({ ...order, because: 'stolen' }, undefined, by).cutoff
    const { fact } = makeCutoff(order, keep(first, 5), { ...by, atMs: sampleMs + 1 })
    expect(fact.changes).toMatchObject([{ op: 'update', ifVersion: 5, row: { atMs: sampleMs + 1, because: 'again' } }])
  })

  it('never moves back in time, so that a clock that did brings nothing back', () => {
    const order = { target: 'identity', targetId: 'x', because: 'stolen' } as const
    const first = makeCutoff(order, undefined, by).cutoff
    const { cutoff, fact } = makeCutoff(order, keep(first), { ...by, atMs: sampleMs - 60_000 })
    expect(isCutOff([cutoff], sampleMs)).toBe(true)
    expect(fact.entry.data['atMs']).toBe(sampleMs)
  })

  it('brings along what belongs to it', () => {
    const more = [{ op: 'require', table: 'persons', key: 'psn_sam', version: 1 } as const]
    const { fact } = makeCutoff({ target: 'task', targetId: 'x', because: 'y' }, undefined, { ...by, more })
    expect(fact.changes).toHaveLength(2)
  })
})
